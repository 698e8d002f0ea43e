//! The types of settings: how iPXE turns text into bytes and bytes into text (`core/settings.c`).

use super::number::number;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::net::{Ipv4Addr, Ipv6Addr};

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
    /// `busdevfn`: a value that can be shown but not set.
    BusDevFn,
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
            _ => return None,
        })
    }

    /// The type that iPXE uses for a name without a type.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "ip" | "netmask" | "gateway" | "dns" | "next-server" | "dhcp-server" | "syslog"
            | "ntp" => Self::Ipv4,
            "ip6" | "gateway6" | "dns6" | "syslog6" => Self::Ipv6,
            "len6" | "priority" | "keep-san" | "skip-san-boot" => Self::Int(1),
            "mtu" => Self::Int(2),
            "memsize" | "vlan" => Self::Int(4),
            "mac" | "hwaddr" | "privkey" | "cert" | "trust" => Self::Hex,
            "uuid" => Self::Uuid,
            "vram" => Self::Base64,
            "errno" | "unixtime" => Self::Uint(4),
            "hostname" | "domain" | "filename" | "root-path" | "san-filename" | "username"
            | "password" | "user-class" | "vendor-class" | "buildarch" | "platform" | "version"
            | "cwuri" | "cwduri" | "serial" | "asset" | "manufacturer" | "product"
            | "board-serial" | "chip" | "ifname" | "bustype" | "busloc" | "busid" | "linktype"
            | "keymap" | "syslogs" | "crosscert" | "initiator-iqn" | "scriptlet" | "ssid"
            | "key" | "dnssl" | "cpuvendor" | "cpumodel" | "sysmac" | "san-drive"
            | "san-retries" | "peerdist" | "peerhost" | "reverse-username" | "reverse-password"
            | "active-scan" => Self::Str,
            _ => return None,
        })
    }

    /// The bytes for `text`; `None` if iPXE refuses the text.
    pub(super) fn parse(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Str => Some(text.as_bytes().to_vec()),
            Self::UriStr => Some(percent_decoded(text)),
            Self::Ipv4 => ipv4(text),
            // iPXE does not accept an IPv4 address at the end of an IPv6 address (measured).
            Self::Ipv6 if text.contains('.') => None,
            Self::Ipv6 => Some(text.parse::<Ipv6Addr>().ok()?.octets().to_vec()),
            Self::Int(width) | Self::Uint(width) => Some(bytes_of(number(text)?, width)),
            Self::Hex => separated(text, ':'),
            Self::HexHyp => separated(text, '-'),
            Self::HexRaw => hex_pairs(text),
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Uuid => Some(uuid::Uuid::parse_str(text).ok()?.into_bytes().to_vec()),
            Self::Guid => Some(uuid::Uuid::parse_str(text).ok()?.to_bytes_le().to_vec()),
            Self::BusDevFn => None,
        }
    }

    /// The text for `raw`; `None` if iPXE shows nothing.
    pub(super) fn format(self, raw: &[u8]) -> Option<String> {
        match self {
            Self::Str => Some(String::from_utf8_lossy(raw).into_owned()),
            Self::UriStr => Some(percent_encoded(raw)),
            Self::Ipv4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(raw).ok()?).to_string()),
            Self::Ipv6 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(raw).ok()?).to_string()),
            Self::Int(_) => Some(signed(raw)?.to_string()),
            Self::Uint(_) => Some(format!("{:#x}", unsigned(raw)?)),
            Self::Hex => Some(hex(raw, ":")),
            Self::HexHyp => Some(hex(raw, "-")),
            Self::HexRaw => Some(hex(raw, "")),
            Self::Base64 => Some(STANDARD.encode(raw)),
            Self::Uuid => Some(uuid::Uuid::from_slice(raw).ok()?.to_string()),
            Self::Guid => Some(uuid::Uuid::from_slice_le(raw).ok()?.to_string()),
            Self::BusDevFn => None,
        }
    }
}

/// The last `width` bytes of a number, most significant byte first.
pub(super) fn bytes_of(value: u32, width: usize) -> Vec<u8> {
    let all = value.to_be_bytes();
    all.get(all.len().saturating_sub(width)..).unwrap_or_default().to_vec()
}

/// Up to four bytes as an unsigned number.
pub(super) fn unsigned(raw: &[u8]) -> Option<u32> {
    (raw.len() <= 4).then(|| raw.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte)))
}

fn signed(raw: &[u8]) -> Option<i64> {
    let value = i64::from(unsigned(raw)?);
    let negative = raw.first().is_some_and(|byte| byte & 0x80 != 0);
    let range = 1_i64.checked_shl(u32::try_from(raw.len() * 8).ok()?)?;
    Some(if negative { value - range } else { value })
}

fn hex(raw: &[u8], between: &str) -> String {
    raw.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

/// An address of four numbers. A number with a leading 0 is octal: `010` is 8 (measured).
fn ipv4(text: &str) -> Option<Vec<u8>> {
    let parts = text.split('.').map(|part| u8::try_from(number(part)?).ok());
    parts.collect::<Option<Vec<_>>>().filter(|octets| octets.len() == 4)
}

fn separated(text: &str, by: char) -> Option<Vec<u8>> {
    let byte = |part: &str| u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2);
    text.split(by).map(byte).collect()
}

fn hex_pairs(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks_exact(2);
    let even = pairs.remainder().is_empty();
    let byte = |pair: &[u8]| {
        let digits = pair.iter().all(u8::is_ascii_hexdigit);
        u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| digits)
    };
    pairs.map(byte).collect::<Option<Vec<_>>>().filter(|_| even)
}

/// Encodes what separates the parts of a URI, and what is not printable (measured). `+`, quotes and
/// brackets are not encoded.
fn percent_encoded(raw: &[u8]) -> String {
    let plain =
        |byte: u8| (byte.is_ascii_graphic() && !b"/?#&=:@%".contains(&byte)) || byte == b'\0';
    raw.iter().fold(String::with_capacity(raw.len()), |text, byte| {
        if plain(*byte) {
            text + char::from(*byte).encode_utf8(&mut [0; 4])
        } else {
            text + &format!("%{byte:02X}")
        }
    })
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut raw = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| *byte == b'%')
            .and_then(|pair| hex_pairs(std::str::from_utf8(pair).ok()?)?.first().copied());
        raw.push(code.unwrap_or(*byte));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured with iPXE 1.21.1+git20250501, the build of Debian 13.
    #[test]
    fn values_are_shown_as_ipxe_shows_them() {
        let shown = |set: Kind, text: &str, show: Kind| show.format(&set.parse(text).unwrap());
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
            (Kind::Uuid, "x"),
            (Kind::BusDevFn, "1"),
        ] {
            assert_eq!(kind.parse(text), None, "{text}");
        }
    }
}
