//! The Windows release that a WIM image installs. The format is described in Microsoft's "Windows
//! Imaging File Format" (2007).

use crate::disc::{File, ReadAt};

/// The longest description in an image that is read, in bytes. Those of Windows have about 20 KiB.
const DESCRIPTION: u64 = 1 << 20;

/// The release and build that an `install.wim` installs, such as `Windows Server 2022 (20348)`.
pub(super) fn version(file: &File, image: &dyn ReadAt) -> Option<String> {
    let header = file.part(0, 208)?.read(image, 208).ok()?;
    let number = |at: usize| {
        let bytes = header.get(at..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    };
    // `rhXmlData`: seven bytes of length and one byte of flags, then the offset. It is never
    // compressed.
    let (len, at) = (number(0x48)? & 0x00FF_FFFF_FFFF_FFFF, number(0x50)?);
    if !header.starts_with(b"MSWIM\0\0\0") {
        return None;
    }
    let description = file.part(at, len)?.read(image, DESCRIPTION).ok()?;
    let (units, _) = description.as_chunks::<2>();
    let text: String = char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
        .filter_map(Result::ok)
        .collect();
    let release = edition_left_out(element(&text, "NAME")?);
    Some(format!("{release} ({})", element(&text, "BUILD")?))
}

/// The text of the first element with this name.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inside, _) = rest.split_once('<')?;
    (!inside.is_empty() && !inside.contains(char::is_control)).then_some(inside)
}

/// The name without its edition: `Windows Server 2022 SERVERSTANDARDCORE` and `Windows Server 2022
/// Standard` are the same release.
fn edition_left_out(name: &str) -> &str {
    let end = name.find(|c: char| c.is_ascii_digit()).and_then(|digit| {
        let rest = name.get(digit..)?;
        Some(digit + rest.find(' ').unwrap_or(rest.len()))
    });
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}
