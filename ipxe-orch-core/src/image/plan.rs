use std::fmt;

use bytes::Bytes;

use super::{Image, ImageError, Layout, num::ByteLen};

/// The length of an image's script region in bytes. A script cannot be longer.
///
/// Images stay attached to machines for years, so the length never changes.
pub const REGION_LEN: usize = 16 * 1024;

/// The same length in the unit of the formats.
pub(super) const REGION: ByteLen = ByteLen(16 * 1024);

const MAGIC: &str = "#!ipxe";

/// Fills the region behind the script. For iPXE these are empty lines.
const FILLER: u8 = b'\n';

/// A layout and the script of one host, which are all that an image is made of.
#[derive(Clone)]
pub struct ImagePlan {
    layout: Layout,
    script: Bytes,
}

impl ImagePlan {
    pub(super) fn new(layout: Layout, script: &str) -> Result<Self, ImageError> {
        check(script)?;
        Ok(Self { layout, script: Bytes::copy_from_slice(script.as_bytes()) })
    }

    /// The image. This only pads the script to [`REGION_LEN`] bytes.
    pub fn image(&self) -> Image {
        let mut region = Vec::with_capacity(REGION_LEN);
        region.extend_from_slice(&self.script);
        region.resize(REGION_LEN, FILLER);
        Image::new(self.layout.clone(), region.into())
    }
}

/// Leaves out the script, because it may contain the host's boot secret.
impl fmt::Debug for ImagePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImagePlan").field("script_len", &self.script.len()).finish_non_exhaustive()
    }
}

/// Checks that iPXE will recognise the whole text as a script, by its first word.
fn check(script: &str) -> Result<(), ImageError> {
    let rest = script.strip_prefix(MAGIC).ok_or(ImageError::NotAScript)?;
    if rest.starts_with(|next: char| !next.is_ascii_whitespace()) {
        return Err(ImageError::NotAScript);
    }
    if let Some(at) = script.find('\0') {
        return Err(ImageError::ScriptContainsNul { at });
    }
    if script.len() > REGION_LEN {
        return Err(ImageError::ScriptTooLarge { len: script.len(), max: REGION_LEN });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_starts_with_its_own_word() {
        assert_eq!(check("#!ipxe"), Ok(()));
        assert_eq!(check("#!ipxe\necho"), Ok(()));
        assert_eq!(check("#!ipxe\r\necho"), Ok(()));
        for other in ["", "#!ipx", "#!ipxes\n", " #!ipxe\n", "#!gpxe\n", "<html>"] {
            assert_eq!(check(other), Err(ImageError::NotAScript), "{other:?}");
        }
    }

    #[test]
    fn a_nul_is_refused_where_it_stands() {
        assert_eq!(check("#!ipxe\n\0"), Err(ImageError::ScriptContainsNul { at: 7 }));
    }

    #[test]
    fn the_limit_is_the_region_and_the_message_names_both_lengths() {
        let full = format!("{MAGIC}\n{}", "x".repeat(REGION_LEN - 7));
        assert_eq!(check(&full), Ok(()));
        let error = check(&format!("{full}x")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the script has 16385 bytes, but the script region of an image holds 16384"
        );
    }

    #[test]
    fn the_region_has_one_length() {
        assert_eq!(u64::from(REGION), u64::try_from(REGION_LEN).unwrap());
    }
}
