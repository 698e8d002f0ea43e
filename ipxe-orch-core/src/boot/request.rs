//! The boot request: `GET {base}/boot/v1/script?h=…&g=…&k=…&t=…&b=…&m=…&u=…&s=…&f=…&a=…`.
//!
//! Images stay attached to machines for years, so this format never changes in an incompatible way.

use super::{query, secret::BootSecret};
use crate::{
    host::Mac,
    ids::{HostId, ImageGeneration, ImageTag, KeyId},
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// The longest query string, in bytes.
pub const MAX_QUERY: usize = 4096;

/// What a machine says about itself when it boots.
///
/// # Example
/// ```
/// use ipxe_orch_core::boot::BootRequest;
///
/// let query = "h=01a21de2-ff47-7d47-af86-90b077553266&g=0&k=1a647635\
///     &t=jP6pxgd-0WBvsHoHHGZL9Ro7uu6QcGPj&m=52:54:00:12:34:56&u=&s=&f=efi&a=x86_64";
/// let request: BootRequest = query.parse()?;
/// assert_eq!(request.mac.to_string(), "52:54:00:12:34:56");
/// assert_eq!(request.uuid, None);
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
    /// `u`: SMBIOS system UUID, if the machine has one.
    pub uuid: Option<Uuid>,
    /// `s`: SMBIOS system serial number; empty if the machine has none.
    pub serial: String,
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
    /// SMBIOS system UUID, if the machine has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// SMBIOS system serial number; empty if the machine has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub serial: String,
    /// The firmware: `pcbios` or `efi`.
    #[serde(default)]
    pub platform: String,
    /// The processor: `i386` (for every BIOS), `x86_64` or `arm64`.
    #[serde(default)]
    pub arch: String,
}

impl BootRequest {
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

const NAMES: [&str; 10] = ["h", "g", "k", "t", "b", "m", "u", "s", "f", "a"];

impl FromStr for BootRequest {
    type Err = BadRequest;

    /// Reads a query string. Unknown parameters are ignored, so that later images may send more.
    fn from_str(query: &str) -> Result<Self, BadRequest> {
        let [host, generation, key, secret, tag, mac, uuid, serial, platform, arch] =
            values(query)?;
        Ok(Self {
            host: required("h", host)?,
            generation: required("g", generation)?,
            key: required("k", key)?,
            secret: required("t", secret)?,
            // It decides nothing, so that a malformed one keeps no machine from booting.
            tag: tag.and_then(|tag| tag.parse().ok()),
            mac: required("m", mac)?,
            uuid: known_uuid(&uuid.unwrap_or_default())?,
            serial: short("s", serial)?,
            platform: short("f", platform)?,
            arch: short("a", arch)?,
        })
    }
}

fn values(query: &str) -> Result<[Option<String>; 10], BadRequest> {
    if query.len() > MAX_QUERY {
        return Err(BadRequest::TooLong);
    }
    let mut values = [const { None }; 10];
    for pair in query::pairs(query) {
        let (key, value) = pair?;
        let slot = NAMES.iter().zip(values.iter_mut()).find(|(name, _)| **name == key);
        let Some((name, slot)) = slot else { continue };
        if slot.replace(value).is_some() {
            return Err(BadRequest::Twice(name));
        }
    }
    Ok(values)
}

fn required<T: FromStr>(name: &'static str, value: Option<String>) -> Result<T, BadRequest> {
    let value = value.ok_or(BadRequest::Missing(name))?;
    value.parse().map_err(|_| BadRequest::Malformed(name))
}

/// Firmware without a UUID sends nothing or only zeros.
fn known_uuid(text: &str) -> Result<Option<Uuid>, BadRequest> {
    if text.is_empty() {
        return Ok(None);
    }
    let uuid = Uuid::parse_str(text).map_err(|_| BadRequest::Malformed("u"))?;
    Ok(Some(uuid).filter(|uuid| !uuid.is_nil()))
}

/// A value of at most 256 bytes without control characters, which can be shown and stored.
fn short(name: &'static str, value: Option<String>) -> Result<String, BadRequest> {
    let value = value.unwrap_or_default();
    let right = value.len() <= 256 && !value.chars().any(char::is_control);
    if right { Ok(value) } else { Err(BadRequest::Malformed(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "h=01890a5d-ac96-774b-bcce-b302099a8057&g=0&k=000001ab\
        &t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&m=52:54:00:12:34:56\
        &u=00000000-0000-0000-0000-000000000000&s=SN%201&f=pcbios&a=i386";

    #[test]
    fn the_request_of_an_image_is_read() {
        let request: BootRequest = GOOD.parse().unwrap();
        assert_eq!(request.uuid, None, "zeros are no UUID");
        assert_eq!(request.serial, "SN 1");
        assert_eq!(request.tag, None, "an image of version 0.1");
        assert_eq!(format!("{GOOD}&later=1").parse(), Ok(request.clone()));
        let tagged = |tag: &str| format!("{GOOD}&b={tag}").parse::<BootRequest>().unwrap();
        assert_eq!(tagged("00c0ffee").tag, Some(ImageTag::from_bytes([0, 0xc0, 0xff, 0xee])));
        assert_eq!(tagged("coffee"), request, "what decides nothing refuses nothing");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let parse = |query: &str| query.parse::<BootRequest>().unwrap_err();
        assert_eq!(parse(&format!("{GOOD}&h=x")), BadRequest::Twice("h"));
        assert_eq!(parse("g=0"), BadRequest::Missing("h"));
        assert_eq!(parse(&GOOD.replace("g=0", "g=-1")), BadRequest::Malformed("g"));
        assert_eq!(parse(&GOOD.replace("pcbios", "%0a")), BadRequest::Malformed("f"));
        assert_eq!(parse(&"x".repeat(MAX_QUERY + 1)), BadRequest::TooLong);
    }

    proptest! {
        #[test]
        fn nothing_panics(query in ".*") {
            drop(query.parse::<BootRequest>());
        }
    }
}
