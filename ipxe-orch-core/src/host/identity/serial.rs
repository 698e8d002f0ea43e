//! Serial numbers: as they are registered, and as a machine shows them.

use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt, str::FromStr};

/// The longest serial number that can be registered, in bytes.
const MAX_REGISTERED: usize = 256;
/// How much is kept of a serial number that a machine shows, in bytes.
const MAX_SHOWN: usize = 256;

/// The serial number of a machine, as it is registered: 1 to 256 bytes of text without control
/// characters, and without blanks around it. Bytes that are no text are written as `\x` and two
/// hexadecimal digits.
///
/// # Example
/// ```
/// use ipxe_orch_core::host::{Serial, ShownSerial};
///
/// let serial: Serial = "CZJ12345AB".parse()?;
/// assert!(serial.is(&ShownSerial::new(b"czj12345ab      ")));
/// assert!(!serial.is(&ShownSerial::new(b"CZJ12345AC")));
/// # Ok::<(), ipxe_orch_core::host::InvalidSerial>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial(String);

/// The text is not a serial number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a serial number: {why}", crate::text::shown(.text))]
pub struct InvalidSerial {
    text: String,
    why: &'static str,
}

impl Serial {
    /// The serial number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a text that many boards show, so that it says nothing about a machine.
    pub fn is_placeholder(&self) -> bool {
        is_placeholder(self.0.as_bytes())
    }

    /// Whether a machine with this serial number shows `shown`. Blanks around it do not count, nor
    /// upper and lower case. Letters beyond ASCII may be UTF-8 or Latin-1: SMBIOS does not say which.
    pub fn is(&self, shown: &ShownSerial) -> bool {
        let same = |bytes: &[u8]| trimmed(bytes).eq_ignore_ascii_case(trimmed(&shown.0));
        let latin1: Option<Vec<u8>> = self.0.chars().map(|c| u8::try_from(c).ok()).collect();
        same(self.0.as_bytes())
            || same(&unescaped(&self.0))
            || latin1.is_some_and(|bytes| same(&bytes))
    }
}

impl FromStr for Serial {
    type Err = InvalidSerial;

    fn from_str(text: &str) -> Result<Self, InvalidSerial> {
        let refuse = |why| Err(InvalidSerial { text: text.to_owned(), why });
        if text.is_empty() || text.len() > MAX_REGISTERED || text.trim() != text {
            return refuse("1 to 256 bytes without blanks around them are allowed");
        }
        if text.chars().any(char::is_control) {
            return refuse("control characters are not allowed; write them as \\x and two digits");
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Serial {
    type Error = InvalidSerial;

    fn try_from(text: String) -> Result<Self, InvalidSerial> {
        text.parse()
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> Self {
        serial.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The serial number that a machine shows: any bytes. The first 256 of them are kept. As text they
/// are printable ASCII: other bytes, and `\`, are written as `\x` and two hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ShownSerial(Vec<u8>);

impl ShownSerial {
    /// Keeps the first 256 bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.iter().copied().take(MAX_SHOWN).collect())
    }

    /// The serial number, unless the machine shows none, or a text that many boards show.
    pub fn own(&self) -> Option<&Self> {
        Some(self).filter(|shown| !is_placeholder(&shown.0))
    }

    /// Whether the machine shows nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What to register for the machine. `None` if it has no serial number of its own, or one that
    /// is too long.
    pub fn to_serial(&self) -> Option<Serial> {
        let own = Self(trimmed(&self.own()?.0).to_vec());
        let text = match std::str::from_utf8(&own.0) {
            Ok(text) if !text.contains('\\') => text.to_owned(),
            _ => own.to_string(),
        };
        text.parse().or_else(|_| own.to_string().parse()).ok()
    }
}

impl fmt::Display for ShownSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            b' '..=b'~' if byte != b'\\' => write!(f, "{}", char::from(byte)),
            _ => write!(f, "\\x{byte:02x}"),
        })
    }
}

impl FromStr for ShownSerial {
    type Err = Infallible;

    /// The inverse of its `Display`.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(&unescaped(text)))
    }
}

impl From<String> for ShownSerial {
    fn from(text: String) -> Self {
        Self::new(&unescaped(&text))
    }
}

impl From<ShownSerial> for String {
    fn from(shown: ShownSerial) -> Self {
        shown.to_string()
    }
}

/// The bytes of a text in which `\x` and two hexadecimal digits stand for a byte.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = rest.strip_prefix(b"\\x").and_then(|rest| rest.split_at_checked(2));
        let byte = escape.and_then(|(digits, after)| Some((crate::hex::byte(digits)?, after)));
        let (byte, after) = byte.unwrap_or((first, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

/// Without blanks and zero bytes around it.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// What factories write where no serial number was set, in lower case.
const PLACEHOLDERS: [&str; 22] = [
    "0123456789",
    "123456789",
    "1234567890",
    "base board serial number",
    "chassis serial number",
    "default",
    "default string",
    "empty",
    "fill by oem",
    "invalid",
    "n/a",
    "na",
    "none",
    "not applicable",
    "not available",
    "not specified",
    "oem",
    "serial number",
    "system serial number",
    "to be filled by o.e.m.",
    "to be filled by oem",
    "unknown",
];

/// Nothing, a text of the factory, or one byte again and again.
fn is_placeholder(bytes: &[u8]) -> bool {
    let bytes = trimmed(bytes);
    let first = bytes.first().copied().unwrap_or_default();
    let filler = b"0xX.-_*#?\xff".contains(&first) && bytes.iter().all(|byte| *byte == first);
    bytes.is_empty()
        || filler
        || PLACEHOLDERS.iter().any(|text| text.as_bytes().eq_ignore_ascii_case(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn serial(text: &str) -> Serial {
        text.parse().unwrap()
    }

    #[test]
    fn blanks_and_case_do_not_count() {
        let registered = serial("CZJ12345AB");
        for shown in ["CZJ12345AB      ", "  czj12345ab", "CZJ12345AB\0\0"] {
            assert!(registered.is(&ShownSerial::new(shown.as_bytes())), "{shown:?}");
        }
        for shown in ["", "CZJ12345A", "CZJ 12345AB", "CZJ12345ABC"] {
            assert!(!registered.is(&ShownSerial::new(shown.as_bytes())), "{shown:?}");
        }
    }

    #[test]
    fn letters_beyond_ascii_are_found_in_each_encoding() {
        let registered = serial("Grün-1");
        assert!(registered.is(&ShownSerial::new("Grün-1".as_bytes())), "UTF-8");
        assert!(registered.is(&ShownSerial::new(b"Gr\xfcn-1")), "Latin-1");
        assert!(serial(r"Gr\xfcn-1").is(&ShownSerial::new(b"Gr\xfcn-1")), "escaped");
        assert!(serial(r"a\b").is(&ShownSerial::new(br"a\b")), "a backslash is itself");
    }

    #[test]
    fn texts_of_the_factory_are_none() {
        let shown = |bytes: &[u8]| ShownSerial::new(bytes).own().is_some();
        for text in
            ["", "   ", "To Be Filled By O.E.M.", "default string ", "0", "00000000", "xxxx"]
        {
            assert!(!shown(text.as_bytes()), "{text:?}");
        }
        assert!(!shown(&[0xff; 4]), "an empty memory");
        for text in ["S1", "VMware-42 1d", "${serial}", "00000001"] {
            assert!(shown(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_escaped_or_refused() {
        assert_eq!(ShownSerial::new(b"A\x1b[2J\xc3\\\"").to_string(), r#"A\x1b[2J\xc3\x5c""#);
        assert!("A\x1b".parse::<Serial>().is_err());
        assert!(" A".parse::<Serial>().is_err());
        assert!("A".repeat(257).parse::<Serial>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_registered_and_is_found_again(
            bytes in prop::collection::vec(any::<u8>(), 0..60)
        ) {
            let shown = ShownSerial::new(&bytes);
            let text = shown.to_string();
            prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(text.parse(), Ok(shown.clone()));
            if let Some(serial) = shown.to_serial() {
                prop_assert!(serial.is(&shown), "{:?}", serial);
            } else {
                prop_assert!(shown.own().is_none());
            }
        }
    }
}
