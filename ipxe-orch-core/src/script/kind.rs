//! The types of settings: how iPXE turns text into bytes and bytes into text (`core/settings.c`).

use super::{
    number::{number, strtoul},
    parse::is_space,
    rules::Firmware,
    text,
};
use base64::{Engine, alphabet, engine::general_purpose::STANDARD};

/// The type of a setting, as in `${name:type}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `string`
    Str,
    /// `uristring`: percent-encoded where a URI needs it.
    UriStr,
    /// `ipv4`
    Ipv4,
    /// `ipv6`
    Ipv6,
    /// `int8`, `int16`, `int32`: a number of this many bytes.
    Int(usize),
    /// `uint8`, `uint16`, `uint32`: a number of this many bytes, shown in hexadecimal.
    Uint(usize),
    /// `hex`: as in `52:54:00`.
    Hex,
    /// `hexhyp`: as in `52-54-00`.
    HexHyp,
    /// `hexraw`: as in `525400`.
    HexRaw,
    /// `base64`
    Base64,
    /// `uuid`
    Uuid,
    /// `guid`: a UUID whose first three fields are stored as little-endian numbers.
    Guid,
    /// `busdevfn`: the address of a PCI device, which can be shown but not set.
    BusDevFn,
    /// `dnssl`: a list of DNS domains, which can be shown but not set.
    DnsSl,
}

impl Kind {
    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Str,
            "uristring" => Self::UriStr,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "int8" => Self::Int(1),
            "int16" => Self::Int(2),
            "int32" => Self::Int(4),
            "uint8" => Self::Uint(1),
            "uint16" => Self::Uint(2),
            "uint32" => Self::Uint(4),
            "hex" => Self::Hex,
            "hexhyp" => Self::HexHyp,
            "hexraw" => Self::HexRaw,
            "base64" => Self::Base64,
            "uuid" => Self::Uuid,
            "guid" => Self::Guid,
            "busdevfn" => Self::BusDevFn,
            "dnssl" => Self::DnsSl,
            _ => return None,
        })
    }

    /// Whether a value of this type is shown with letters, digits and a few separators only, whatever
    /// its bytes are. Other types may show `${`, which iPXE expands again.
    pub(super) fn is_plain(self) -> bool {
        !matches!(self, Self::Str | Self::UriStr | Self::DnsSl)
    }

    /// The bytes for `value`; `None` if iPXE refuses the text.
    pub(super) fn parse(self, value: &str) -> Option<Vec<u8>> {
        match self {
            Self::Str => Some(text::raw(value)),
            Self::UriStr => Some(percent_decoded(value)),
            Self::Ipv4 => ipv4(value),
            Self::Ipv6 => ipv6(value),
            Self::Int(width) | Self::Uint(width) => Some(bytes_of(number(value)?, width)),
            Self::Hex => hex_bytes(value, Some(':'), false),
            Self::HexHyp => hex_bytes(value, Some('-'), false),
            Self::HexRaw => hex_bytes(value, None, false),
            Self::Base64 => base64_bytes(value),
            Self::Uuid => hex_bytes(value, Some('-'), true).filter(|raw| raw.len() == 16),
            Self::Guid => {
                let raw = Self::Uuid.parse(value)?;
                Some(uuid::Uuid::from_slice(&raw).ok()?.to_bytes_le().to_vec())
            }
            Self::BusDevFn | Self::DnsSl => None,
        }
    }

    /// The text for `raw`; `None` if iPXE shows nothing. Numbers and characters are those of the
    /// processor that iPXE was built for.
    pub(super) fn format(self, raw: &[u8], firmware: Firmware) -> Option<String> {
        match self {
            Self::Str => Some(text::text(raw)),
            Self::UriStr => Some(percent_encoded(raw, firmware)),
            Self::Ipv4 => Some(ipv4_text(raw.get(..4)?)),
            Self::Ipv6 => Some(ipv6_text(raw.get(..16)?)),
            Self::Int(_) => Some(signed(numeric(true, raw, firmware)?, firmware)),
            Self::Uint(_) => Some(format!("{:#x}", numeric(false, raw, firmware)?)),
            Self::Hex => Some(hex(raw, ":")),
            Self::HexHyp => Some(hex(raw, "-")),
            Self::HexRaw => Some(hex(raw, "")),
            Self::Base64 => Some(STANDARD.encode(raw)),
            Self::Uuid => Some(uuid::Uuid::from_slice(raw).ok()?.to_string()),
            Self::Guid => Some(uuid::Uuid::from_slice_le(raw).ok()?.to_string()),
            Self::BusDevFn => {
                let at = numeric(false, raw, firmware)?;
                let (bus, slot, function) = ((at >> 8) & 0xff, (at >> 3) & 0x1f, at & 7);
                Some(format!("{:04x}:{bus:02x}:{slot:02x}.{function:x}", (at >> 16) & 0xffff))
            }
            Self::DnsSl => domains(raw),
        }
    }
}

/// The last `width` bytes of a number, most significant byte first.
pub(super) fn bytes_of(value: u32, width: usize) -> Vec<u8> {
    let all = value.to_be_bytes();
    all.get(all.len().saturating_sub(width)..).unwrap_or_default().to_vec()
}

/// The bytes as a number (`numeric_setting_value()`). A number that does not fit into the `long` of
/// the processor has no value.
pub(super) fn numeric(signed: bool, raw: &[u8], firmware: Firmware) -> Option<u64> {
    let long = long_bytes(firmware);
    let pad = if signed && raw.first().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut value = if pad == 0 { 0 } else { u64::MAX };
    for (index, byte) in raw.iter().enumerate() {
        if index + long < raw.len() && *byte != pad {
            return None;
        }
        value = (value << 8) | u64::from(*byte);
    }
    Some(if long == 4 { value & u64::from(u32::MAX) } else { value })
}

fn long_bytes(firmware: Firmware) -> usize {
    if firmware == Firmware::Bios { 4 } else { 8 }
}

fn signed(value: u64, firmware: Firmware) -> String {
    let bits = 64 - long_bytes(firmware) * 8;
    ((value << bits).cast_signed() >> bits).to_string()
}

fn hex(raw: &[u8], between: &str) -> String {
    raw.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

/// An address of four numbers (`inet_aton()`). A number with a leading 0 is octal: `010` is 8
/// (measured).
fn ipv4(value: &str) -> Option<Vec<u8>> {
    let part = |part: &str| match strtoul(part, 0) {
        (value, "") if !part.is_empty() => u8::try_from(value).ok(),
        _ => None,
    };
    let parts = value.split('.').map(part);
    parts.collect::<Option<Vec<_>>>().filter(|octets| octets.len() == 4)
}

fn ipv4_text(raw: &[u8]) -> String {
    raw.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
}

/// `inet6_aton()`: up to eight hexadecimal words, and `::` once. There is no IPv4 address at the
/// end, and an empty word at the start or the end is 0 (measured).
fn ipv6(value: &str) -> Option<Vec<u8>> {
    let (mut words, mut pad, mut rest) = (Vec::new(), None, value);
    loop {
        let (word, after) = strtoul(rest, 16);
        words.push(u16::try_from(word).ok()?);
        if after.is_empty() {
            break;
        }
        let next = after.strip_prefix(':')?;
        let is_empty = after.len() == rest.len() && rest.len() < value.len();
        if is_empty && pad.replace(words.len()).is_some() || words.len() == 8 {
            return None;
        }
        rest = next;
    }
    let missing = 8 - words.len();
    match pad {
        Some(at) => drop(words.splice(at..at, std::iter::repeat_n(0, missing))),
        None if missing > 0 => return None,
        None => {}
    }
    Some(words.into_iter().flat_map(u16::to_be_bytes).collect())
}

/// RFC 5952, without IPv4 addresses at the end (`inet6_ntoa()`).
fn ipv6_text(raw: &[u8]) -> String {
    let words: Vec<u16> = raw
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |sum, byte| (sum << 8) | u16::from(*byte)))
        .collect();
    let zeros = |at: usize| words.iter().skip(at).take_while(|word| **word == 0).count();
    let longest = (0..words.len()).rev().map(|at| (zeros(at), at)).max_by_key(|(count, _)| *count);
    let text =
        |words: &[u16]| words.iter().map(|word| format!("{word:x}")).collect::<Vec<_>>().join(":");
    match longest.filter(|(count, _)| *count > 1) {
        None => text(&words),
        Some((count, at)) => {
            let (start, rest) = words.split_at(at);
            format!("{}::{}", text(start), text(rest.get(count..).unwrap_or_default()))
        }
    }
}

/// `hex_decode()` in `core/base16.c`: two digits for each byte, with a separator between bytes.
fn hex_bytes(value: &str, by: Option<char>, optional: bool) -> Option<Vec<u8>> {
    let mut rest = value.chars().peekable();
    let mut raw = Vec::new();
    while rest.peek().is_some() {
        if let Some(by) = by.filter(|_| !raw.is_empty()) {
            let separated = rest.next_if_eq(&by).is_some();
            if !separated && !optional {
                return None;
            }
        }
        let mut digit = || rest.next()?.to_digit(16);
        raw.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    Some(raw)
}

/// `base64_decode()`: white space is ignored, and bits that are left over need not be 0.
fn base64_bytes(value: &str) -> Option<Vec<u8>> {
    let value: String = value.chars().filter(|c| !is_space(*c)).collect();
    let data = value.trim_end_matches('=');
    let digit = |c: char| alphabet::STANDARD.as_str().find(c).and_then(|at| u32::try_from(at).ok());
    let digits = data.chars().map(digit).collect::<Option<Vec<_>>>()?;
    let pads = value.len() - data.len();
    let bits = (digits.len() * 6).checked_sub(pads * 2).filter(|_| pads <= 2)?;
    let byte = |index: usize| {
        let bit = |bit: usize| Some(digits.get(bit / 6)? >> (5 - bit % 6) & 1);
        (index * 8..index * 8 + 8).try_fold(0, |sum, at| Some(sum << 1 | bit(at)?))
    };
    let raw = (0..bits / 8).map(|index| u8::try_from(byte(index)?).ok()).collect::<Option<_>>();
    raw.filter(|_| bits.is_multiple_of(8))
}

/// Encodes what separates the parts of a URI, and what is not printable (`uri_encode()`, measured).
/// `$`, `+`, quotes and brackets are not encoded. A byte above 0x7f is a negative number on x86, and
/// has eight digits.
fn percent_encoded(raw: &[u8], firmware: Firmware) -> String {
    raw.iter().fold(String::with_capacity(raw.len()), |encoded, byte| match byte {
        0x80.. if firmware != Firmware::Arm64 => encoded + &format!("%FFFFFF{byte:02X}"),
        b'!'..=b'~' if !b"/?#&=:@%".contains(byte) => {
            encoded + char::from(*byte).encode_utf8(&mut [0; 4])
        }
        _ => encoded + &format!("%{byte:02X}"),
    })
}

/// `uri_decode()`: after `%`, up to two characters are read as a number, so that `%4z` is one
/// character as well (measured).
fn percent_decoded(value: &str) -> Vec<u8> {
    let mut raw = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let end = after.char_indices().nth(2).map_or(after.len(), |(at, _)| at);
        let code = after.get(..end).filter(|_| c == '%').unwrap_or_default();
        let (value, left) = strtoul(code, 16);
        if code.len() > left.len() {
            raw.extend(u8::try_from(value & 0xff));
            rest = after.get(code.len() - left.len()..).unwrap_or_default();
        } else {
            raw.extend(text::raw(c.encode_utf8(&mut [0; 4])));
            rest = after;
        }
    }
    raw
}

/// A list of domains as DNS stores them (`format_dnssl_setting()`), without compression.
fn domains(raw: &[u8]) -> Option<String> {
    let (mut names, mut labels, mut rest) = (Vec::new(), Vec::new(), raw);
    while let Some((len, after)) = rest.split_first() {
        let (label, after) = after.split_at_checked(usize::from(*len)).filter(|_| *len < 64)?;
        rest = after;
        if *len > 0 {
            labels.push(text::text(label));
        } else {
            names.push(std::mem::take(&mut labels).join("."));
        }
    }
    labels.is_empty().then(|| names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured with iPXE 1.21.1+git20250501, the build of Debian 13.
    #[test]
    fn values_are_shown_as_ipxe_shows_them() {
        let shown = |set: Kind, text: &str, show: Kind| {
            show.format(&set.parse(text).unwrap(), Firmware::Bios)
        };
        let is = |set, text, show, expected: &str| {
            assert_eq!(shown(set, text, show).as_deref(), Some(expected), "{text} {show:?}");
        };
        is(Kind::Int(4), "17", Kind::Hex, "00:00:00:11");
        is(Kind::Int(4), "17", Kind::Uint(1), "0x11");
        is(Kind::Int(4), "-5", Kind::Int(4), "-5");
        is(Kind::HexRaw, "414243", Kind::Str, "ABC");
        is(Kind::Str, "a b c", Kind::UriStr, "a%20b%20c");
        is(Kind::Str, "A&B/+", Kind::UriStr, "A%26B%2F+");
        is(Kind::Str, "a:b@c#d", Kind::UriStr, "a%3Ab%40c%23d");
        is(Kind::Str, "$,;\"<>[]{}|^`", Kind::UriStr, "$,;\"<>[]{}|^`");
        is(Kind::Hex, "52:54:00", Kind::HexHyp, "52-54-00");
        is(Kind::UriStr, "a%20b%zz", Kind::Str, "a b%zz");
        is(Kind::Ipv4, "10.0.2.15", Kind::HexRaw, "0a00020f");
        is(Kind::Ipv4, "010.0.2.15", Kind::Ipv4, "8.0.2.15");
        is(Kind::Ipv6, "fec0::2", Kind::Ipv6, "fec0::2");
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        is(Kind::Uuid, id, Kind::Guid, "67452301-ab89-efcd-0123-456789abcdef");
        is(Kind::Guid, id, Kind::Guid, id);
        is(Kind::Str, "abc", Kind::Base64, "YWJj");
        is(
            Kind::UriStr,
            "a%4zb%%41%+5c%-1d%0xe%zz",
            Kind::HexRaw,
            "61047a6225410563ff64007865257a7a",
        );
        is(Kind::HexRaw, "0102030405", Kind::Ipv4, "1.2.3.4");
        is(Kind::HexRaw, "ffffffffffffff05", Kind::Int(4), "-251");
        is(Kind::HexRaw, "47fc223c", Kind::UriStr, "G%FFFFFFFC\"<");
        is(Kind::Base64, "YR==", Kind::HexRaw, "61");
        is(Kind::Base64, "Y WJj", Kind::HexRaw, "616263");
        is(Kind::Ipv4, "+1.2.3.4", Kind::Ipv4, "1.2.3.4");
        is(Kind::Uuid, "01-23456789ab-cdef0123456789abcdef", Kind::Uuid, id);
        is(
            Kind::HexRaw,
            "03616263036e6574000178 00".replace(' ', "").as_str(),
            Kind::DnsSl,
            "abc.net x",
        );
    }

    /// Measured: an empty word at the end is 0, and `::` may stand for one word or for none.
    #[test]
    fn ipv6_addresses() {
        for (text, shown) in [
            ("::", "::"),
            ("1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:0"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("+1::", "1::"),
            ("::ffff:102:304", "::ffff:102:304"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("0:0:1:2:0:0:3:4", "::1:2:0:0:3:4"),
        ] {
            let raw = Kind::Ipv6.parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(Kind::Ipv6.format(&raw, Firmware::Uefi).unwrap(), shown);
        }
        for bad in [
            "1:",
            "fe80::1%net0",
            "1:2:3:4:5:6:7::",
            "1:2:3:4:5:6:7:8:9",
            "12345::",
            "0x1::",
            "1::2::3",
        ] {
            assert_eq!(Kind::Ipv6.parse(bad), None, "{bad}");
        }
    }

    /// Measured: numbers of more than 32 bits have a value under UEFI only.
    #[test]
    fn numbers_are_as_long_as_those_of_the_processor() {
        let raw = [1, 2, 3, 4, 5];
        let shown = |kind: Kind, firmware| kind.format(&raw, firmware);
        assert_eq!(shown(Kind::Int(4), Firmware::Bios), None);
        assert_eq!(shown(Kind::Int(4), Firmware::Uefi).as_deref(), Some("4328719365"));
        assert_eq!(shown(Kind::Uint(1), Firmware::Uefi).as_deref(), Some("0x102030405"));
        assert_eq!(shown(Kind::BusDevFn, Firmware::Uefi).as_deref(), Some("0203:04:00.5"));
        assert_eq!(Kind::UriStr.format(b"\xfc", Firmware::Arm64).as_deref(), Some("%FC"));
    }

    #[test]
    fn what_is_no_value_of_its_type_is_refused() {
        for (kind, text) in [
            (Kind::Int(4), "abc"),
            (Kind::Ipv4, "foo"),
            (Kind::Ipv4, "300.1.1.1"),
            (Kind::Ipv4, "10.2.3"),
            (Kind::Ipv6, "::ffff:1.2.3.4"),
            (Kind::Hex, "zz"),
            (Kind::Hex, "1:2"),
            (Kind::HexRaw, "123"),
            (Kind::HexRaw, "+1"),
            (Kind::Hex, "01:"),
            (Kind::Hex, "+1:02"),
            (Kind::Base64, "YQ="),
            (Kind::Base64, "="),
            (Kind::Base64, "===="),
            (Kind::Base64, "_-8="),
            (Kind::Uuid, "x"),
            (Kind::Uuid, "{01234567-89ab-cdef-0123-456789abcdef}"),
            (Kind::DnsSl, "a"),
            (Kind::BusDevFn, "1"),
        ] {
            assert_eq!(kind.parse(text), None, "{text}");
        }
    }
}
