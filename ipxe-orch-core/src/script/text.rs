//! What counts as a script at all, and the bytes of texts.

/// The body of a granted claim. `imgfetch` loads it without running it; if something runs it
/// nevertheless, it ends at once.
pub const CLAIMED_SCRIPT: &str = "#!ipxe\nexit 0\n";

/// Whether iPXE takes `text` for a script: it starts with `#!ipxe` or `#!gpxe` and white space. iPXE
/// for BIOS runs any other text as machine code and hangs.
pub fn is_script(text: &str) -> bool {
    let rest = ["#!ipxe", "#!gpxe"].iter().find_map(|magic| text.strip_prefix(magic));
    rest.is_some_and(|rest| rest.starts_with(super::parse::is_space))
}

/// The character that stands for the byte 0, if a byte that is not UTF-8 is added to it. These are
/// characters for private use that no font has.
const BYTES: u32 = 0x10_ff00;

/// The bytes as a text. Each byte that is not part of UTF-8 becomes a character of its own, so that
/// [`raw`] gives the same bytes again.
pub(super) fn text(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        text.push_str(chunk.valid());
        let byte = |byte: &u8| char::from_u32(BYTES + u32::from(*byte));
        text.extend(chunk.invalid().iter().filter_map(byte));
    }
    text
}

/// The bytes of a text.
pub(super) fn raw(text: &str) -> Vec<u8> {
    let mut raw = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c).checked_sub(BYTES).and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => raw.push(byte),
            None => raw.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    raw
}

/// The text for people: bytes that are not UTF-8 are replaced.
pub(super) fn readable(text: &str) -> String {
    String::from_utf8_lossy(&raw(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ipxe_takes_for_a_script_is_one() {
        for script in [
            CLAIMED_SCRIPT,
            "#!ipxe\nset orch-answer local\nexit 0\n",
            "#!ipxe\r\nexit 0\r\n",
            "#!ipxe ",
            "#!gpxe\nexit 0\n",
        ] {
            assert!(is_script(script), "{script:?}");
        }
        for other in ["", "#!ipxe", "#!ipxenot\n", " #!ipxe\n", "#!hpxe\n", "<html>"] {
            assert!(!is_script(other), "{other:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf8_are_kept() {
        for bytes in [&b"plain"[..], b"\xff\xfe\"<x", "Grün".as_bytes(), b"Gr\xfcn", b""] {
            assert_eq!(raw(&text(bytes)), bytes);
        }
        assert_eq!(readable(&text(b"a\xffb")), "a\u{fffd}b");
    }
}
