//! Names that are safe as a part of a path.

use super::{DiscError, limits};

/// The name as text, if it can be a part of a path: 1 to 255 bytes of UTF-8, without `/`, `\` and
/// control characters, and neither `.` nor `..`.
pub(super) fn checked(name: Vec<u8>) -> Result<String, DiscError> {
    let name = String::from_utf8(name).map_err(|error| {
        let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
        DiscError::Name { name, why: "it is not UTF-8" }
    })?;
    match problem(&name) {
        None => Ok(name),
        Some(why) => Err(DiscError::Name { name, why }),
    }
}

/// The rule that a name breaks, if it breaks one.
pub(super) fn problem(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > limits::NAME {
        return Some("1 to 255 bytes are allowed");
    }
    if name == "." || name == ".." {
        return Some("it leads to another folder");
    }
    if name.contains(['/', '\\']) {
        return Some("`/` and `\\` are not allowed");
    }
    name.contains(char::is_control).then_some("control characters are not allowed")
}

/// The text of big-endian UTF-16, in which Joliet and OSTA CS0 store names.
pub(super) fn utf16_be(bytes: &[u8]) -> Vec<u8> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into_bytes()
}
