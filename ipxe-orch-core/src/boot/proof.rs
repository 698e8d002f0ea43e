//! The identity of a machine: its secret and a MAC address of the same host, and the UUID and the
//! serial number if the host has them registered.

use super::{BootRequest, ImageIdentity, secret::BootSecret};
use crate::{
    auth::{Boot, Granted},
    error::StoreError,
    host::{SameUuid, own_uuid},
    ids::ImageGeneration,
    keys::{KeyProvider, Purpose},
    lease::HostRecord,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a boot request is refused. Operators see it; the machine never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such key, or the secret is not the secret of this host and generation.
    WrongSecret,
    /// The secret is genuine, but the host does not exist or was removed.
    UnknownHost,
    /// The image's generation is lower than the lowest one that the host accepts.
    RevokedImage,
    /// The MAC address is not registered for this host.
    ForeignMac,
    /// The host has a UUID registered, and the machine shows another one or none.
    OtherUuid,
    /// The host has a serial number registered, and the machine shows another one or none.
    OtherSerial,
    /// The secret is genuine, but the rest of the boot request cannot be read.
    BadRequest,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongSecret => "wrong secret",
            Self::UnknownHost => "unknown host",
            Self::RevokedImage => "revoked image",
            Self::ForeignMac => "MAC of another host",
            Self::OtherUuid => "another UUID",
            Self::OtherSerial => "another serial number",
            Self::BadRequest => "malformed boot request",
        })
    }
}

/// Checks the secret of a boot request. This needs no store: a request with a wrong secret costs
/// the database nothing.
///
/// # Errors
/// [`StoreError`] if the keys cannot be read. The server cannot decide then and must not answer
/// with a script.
pub async fn prove(
    request: &BootRequest,
    keys: &dyn KeyProvider,
) -> Result<Result<Granted<Boot>, Refusal>, StoreError> {
    prove_identity(&request.identity(), keys).await
}

/// Checks the secret of an image.
pub(crate) async fn prove_identity(
    image: &ImageIdentity,
    keys: &dyn KeyProvider,
) -> Result<Result<Granted<Boot>, Refusal>, StoreError> {
    let Some(key) = keys.lookup(Purpose::Image, image.key).await? else {
        return Ok(Err(Refusal::WrongSecret));
    };
    let right = BootSecret::derive(&key, image.host, image.generation);
    if right.matches(&image.secret) {
        return Ok(Ok(Granted::machine(image.host)));
    }
    Ok(Err(Refusal::WrongSecret))
}

/// Compares the request with the host's record: the first contradiction, or `None`.
pub fn contradiction(request: &BootRequest, host: &HostRecord) -> Option<Refusal> {
    let oldest: ImageGeneration = host.lease.min_image_generation;
    if request.generation < oldest {
        return Some(Refusal::RevokedImage);
    }
    if !host.spec.nics.iter().any(|nic| nic.mac == request.mac) {
        return Some(Refusal::ForeignMac);
    }
    if same_uuid(request, host) == Some(SameUuid::No) {
        return Some(Refusal::OtherUuid);
    }
    let serial = host.spec.serial.as_ref().filter(|serial| !serial.is_placeholder());
    serial.is_some_and(|serial| !serial.is(&request.serial)).then_some(Refusal::OtherSerial)
}

/// Compares the UUID of the request with the registered one. `None` if none is registered.
pub(crate) fn same_uuid(request: &BootRequest, host: &HostRecord) -> Option<SameUuid> {
    let registered = host.spec.uuid.and_then(own_uuid)?;
    Some(request.uuid.map_or(SameUuid::No, |shown| SameUuid::of(registered, shown)))
}
