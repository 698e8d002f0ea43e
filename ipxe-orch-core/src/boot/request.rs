//! The boot request: `GET {base}/boot/v1/script?h=…&g=…&k=…&t=…&b=…&m=…&u=…&x=…&f=…&a=…`.
//!
//! Images stay attached to machines for years, so this format never changes in an incompatible way.
//! What a machine says of its board is optional: whatever it is, it keeps no machine from booting.

use super::{
    ImageIdentity,
    query::{self, decode},
    secret::BootSecret,
};
use crate::{
    hex,
    host::{Mac, ShownSerial, own_uuid},
    ids::{HostId, ImageGeneration, ImageTag, KeyId},
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// The longest query string, in bytes.
pub const MAX_QUERY: usize = 7 * 1024;

/// What a machine says about itself when it boots.
///
/// # Example
/// ```
/// use ipxe_orch_core::boot::BootRequest;
///
/// let query = "h=01a21de2-ff47-7d47-af86-90b077553266&g=0&k=1a647635\
///     &t=jP6pxgd-0WBvsHoHHGZL9Ro7uu6QcGPj&m=52:54:00:12:34:56&u=&x=534e31&f=efi&a=x86_64";
/// let request: BootRequest = query.parse()?;
/// assert_eq!(request.mac.to_string(), "52:54:00:12:34:56");
/// assert_eq!(request.uuid, None);
/// assert_eq!(request.serial.to_string(), "SN1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BootRequest {
    /// `h`: the host that the image was made for.
    pub host: HostId,
    /// `g`: the generation of the image.
    pub generation: ImageGeneration,
    /// `k`: the key that the secret was made with.
    pub key: KeyId,
    /// `t`: the secret.
    pub secret: BootSecret,
    /// `b`: which build of the image it is. Images of version 0.1 do not send it.
    pub tag: Option<ImageTag>,
    /// `m`: the MAC address of the NIC that the request is sent through.
    pub mac: Mac,
    /// `u`: SMBIOS system UUID, if the machine has one of its own.
    pub uuid: Option<Uuid>,
    /// `x`: SMBIOS system serial number, in hexadecimal digits. Images of version 0.1 send it as
    /// `s`, percent-encoded.
    pub serial: ShownSerial,
    /// `f`: the firmware, `pcbios` or `efi`.
    pub platform: String,
    /// `a`: the processor, `i386` (for every BIOS), `x86_64` or `arm64`.
    pub arch: String,
}

/// What a machine with a genuine secret showed of itself and of its image. It has no secret and can
/// be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The generation of the image.
    pub generation: ImageGeneration,
    /// The key that the secret was made with.
    pub key: KeyId,
    /// Which build of the image it is, if the image says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<ImageTag>,
    /// The MAC address of the NIC that the request was sent through.
    pub mac: Mac,
    /// SMBIOS system UUID, if the machine has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// SMBIOS system serial number; empty if the machine has none.
    #[serde(default, skip_serializing_if = "ShownSerial::is_empty")]
    pub serial: ShownSerial,
    /// The firmware: `pcbios` or `efi`.
    #[serde(default)]
    pub platform: String,
    /// The processor: `i386` (for every BIOS), `x86_64` or `arm64`.
    #[serde(default)]
    pub arch: String,
}

impl BootRequest {
    pub(crate) fn identity(&self) -> ImageIdentity {
        let (host, generation, key) = (self.host, self.generation, self.key);
        ImageIdentity { host, generation, key, secret: self.secret.clone() }
    }

    /// The request without its secret.
    pub fn shown(&self) -> Shown {
        Shown {
            generation: self.generation,
            key: self.key,
            tag: self.tag,
            mac: self.mac,
            uuid: self.uuid,
            serial: self.serial.clone(),
            platform: self.platform.clone(),
            arch: self.arch.clone(),
        }
    }
}

/// Why a query string is not a boot request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRequest {
    /// It is longer than [`MAX_QUERY`].
    #[error("the query is longer than {MAX_QUERY} bytes")]
    TooLong,
    /// A percent sign without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("the query is not percent-encoded UTF-8")]
    Encoding,
    /// The parameter is there more than once. Two readers might use different ones, so neither is
    /// used.
    #[error("parameter `{0}` is given more than once")]
    Twice(&'static str),
    /// The parameter is required and not there.
    #[error("parameter `{0}` is missing")]
    Missing(&'static str),
    /// The value of the parameter cannot be read.
    #[error("parameter `{0}` is malformed")]
    Malformed(&'static str),
}

const NAMES: [&str; 11] = ["h", "g", "k", "t", "b", "m", "u", "s", "x", "f", "a"];

impl FromStr for BootRequest {
    type Err = BadRequest;

    /// Reads a query string. Unknown parameters are ignored, so that later images may send more.
    fn from_str(query: &str) -> Result<Self, BadRequest> {
        if query.len() > MAX_QUERY {
            return Err(BadRequest::TooLong);
        }
        let [host, generation, key, secret, tag, mac, uuid, serial, hex_serial, platform, arch] =
            values(query)?;
        Ok(Self {
            host: required("h", host)?,
            generation: required("g", generation)?,
            key: required("k", key)?,
            secret: required("t", secret)?,
            tag: optional(tag),
            mac: required("m", mac)?,
            uuid: optional(uuid).and_then(own_uuid),
            serial: shown_serial(hex_serial, serial),
            platform: short(platform),
            arch: short(arch),
        })
    }
}

impl ImageIdentity {
    /// The identity that a query string shows. This also reads one that is no boot request, so that
    /// the refusal of a genuine machine can be told.
    pub(crate) fn of_query(query: &str) -> Option<Self> {
        let find = |wanted| query::pairs(query).find(|(name, _)| *name == wanted);
        let value = |name| find(name).map(|(_, value)| value);
        Some(Self {
            host: required("h", value("h")).ok()?,
            generation: required("g", value("g")).ok()?,
            key: required("k", value("k")).ok()?,
            secret: required("t", value("t")).ok()?,
        })
    }
}

fn values(query: &str) -> Result<[Option<&str>; 11], BadRequest> {
    let mut values = [None; 11];
    for (key, value) in query::pairs(query) {
        let slot = NAMES.iter().zip(values.iter_mut()).find(|(name, _)| **name == key);
        let Some((name, slot)) = slot else { continue };
        if slot.replace(value).is_some() {
            return Err(BadRequest::Twice(name));
        }
    }
    Ok(values)
}

fn required<T: FromStr>(name: &'static str, value: Option<&str>) -> Result<T, BadRequest> {
    let value = value.ok_or(BadRequest::Missing(name))?;
    decode(value)?.parse().map_err(|_| BadRequest::Malformed(name))
}

/// A value that decides nothing: what cannot be read counts as not there.
fn optional<T: FromStr>(value: Option<&str>) -> Option<T> {
    decode(value?).ok()?.parse().ok()
}

fn shown_serial(hexadecimal: Option<&str>, encoded: Option<&str>) -> ShownSerial {
    let bytes = match hexadecimal.and_then(hex::bytes) {
        Some(bytes) => bytes,
        None => query::decode_any(encoded.unwrap_or_default()),
    };
    ShownSerial::new(&bytes)
}

/// A word of iPXE's own, of at most 32 printable characters.
fn short(value: Option<&str>) -> String {
    let word = optional::<String>(value).unwrap_or_default();
    let right = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_graphic());
    if right { word } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "h=01890a5d-ac96-774b-bcce-b302099a8057&g=0&k=000001ab\
        &t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&m=52:54:00:12:34:56\
        &u=00000000-0000-0000-0000-000000000000&s=SN%201&f=pcbios&a=i386";

    fn parse(query: &str) -> BootRequest {
        query.parse().unwrap()
    }

    #[test]
    fn the_request_of_an_image_is_read() {
        let request = parse(GOOD);
        assert_eq!(request.uuid, None, "zeros are no UUID");
        assert_eq!(request.serial.to_string(), "SN 1");
        assert_eq!(request.tag, None, "an image of version 0.1");
        assert_eq!(parse(&format!("{GOOD}&later=1")), request);
        let hex = parse(&GOOD.replace("s=SN%201", "x=534e2031"));
        assert_eq!(hex, request, "the same in hexadecimal digits");
        let tag = parse(&format!("{GOOD}&b=00c0ffee")).tag;
        assert_eq!(tag, Some(ImageTag::from_bytes([0, 0xc0, 0xff, 0xee])));
    }

    #[test]
    fn what_a_machine_says_of_itself_refuses_nothing() {
        let request = parse(GOOD);
        let shown = |with: &str| parse(&GOOD.replace("s=SN%201", with)).serial.to_string();
        assert_eq!(shown("s=Gr%FFFFFFC3%FFFFFFBCn"), r"Gr\xc3\xbcn");
        assert_eq!(shown("s=%zz"), "%zz");
        assert_eq!(shown("x=247b73657269616c7d"), "${serial}");
        assert_eq!(shown("x=00ff1b"), r"\x00\xff\x1b");
        assert_eq!(shown("x=odd"), "");
        assert_eq!(shown(&format!("x={}", "41".repeat(2000))), "A".repeat(256));
        let nil = "00000000-0000-0000-0000-000000000000";
        for uuid in ["", "x", "%ff", "03000200-0400-0500-0006-000700080009"] {
            assert_eq!(parse(&GOOD.replace(nil, uuid)), request, "{uuid}");
        }
        for platform in ["%0a", "%ff", "%", "x%1b[2J"] {
            assert_eq!(parse(&GOOD.replace("pcbios", platform)).platform, "", "{platform}");
        }
        assert_eq!(parse(&format!("{GOOD}&b=coffee")), request, "a tag that is none");
        assert_eq!(parse(&format!("{GOOD}&later=%zz")), request, "a parameter that is not known");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let parse = |query: &str| query.parse::<BootRequest>().unwrap_err();
        assert_eq!(parse(&format!("{GOOD}&h=x")), BadRequest::Twice("h"));
        assert_eq!(parse("g=0"), BadRequest::Missing("h"));
        assert_eq!(parse(&GOOD.replace("g=0", "g=-1")), BadRequest::Malformed("g"));
        assert_eq!(parse(&GOOD.replace("m=52", "m=%zz")), BadRequest::Encoding);
        assert_eq!(parse(&"x".repeat(MAX_QUERY + 1)), BadRequest::TooLong);
    }

    proptest! {
        #[test]
        fn nothing_panics(query in ".*") {
            drop(query.parse::<BootRequest>());
        }

        #[test]
        fn any_serial_number_is_read(serial in prop::collection::vec(any::<u8>(), 0..256)) {
            let digits: Vec<_> = serial.iter().map(|byte| format!("{byte:02x}")).collect();
            let digits = digits.concat();
            let request = parse(&GOOD.replace("s=SN%201", &format!("x={digits}")));
            prop_assert_eq!(request.serial, ShownSerial::new(&serial));
        }
    }
}
