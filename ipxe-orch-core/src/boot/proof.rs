//! Identity: secret and MAC of one host; UUID and serial number where they are registered.

use super::{BootRequest, secret::BootSecret};
use crate::{
    auth::{Boot, Granted},
    error::StoreError,
    ids::ImageGeneration,
    keys::{KeyProvider, Purpose},
    lease::HostRecord,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a machine is not believed. It is never told; operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// No such key, or the secret is not the one of this host and generation.
    WrongSecret,
    /// The secret is genuine, but there is no such host any more.
    UnknownHost,
    /// The image is older than the host's oldest accepted one.
    RevokedImage,
    /// The NIC is not registered for this host.
    ForeignMac,
    /// The registered UUID is another, or the machine shows none.
    OtherUuid,
    /// The registered serial number is another, or the machine shows none.
    OtherSerial,
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
        })
    }
}

/// Checks the secret, before anything is read from a store.
///
/// # Errors
/// [`StoreError`] if the keys could not be read: the server cannot decide then.
pub async fn prove(
    request: &BootRequest,
    keys: &dyn KeyProvider,
) -> Result<Result<Granted<Boot>, Refusal>, StoreError> {
    let Some(key) = keys.lookup(Purpose::Image, request.key).await? else {
        return Ok(Err(Refusal::WrongSecret));
    };
    let right = BootSecret::derive(&key, request.host, request.generation);
    if right.matches(&request.secret) {
        return Ok(Ok(Granted::machine(request.host)));
    }
    Ok(Err(Refusal::WrongSecret))
}

/// What of the request contradicts the host's record.
pub fn contradiction(request: &BootRequest, host: &HostRecord) -> Option<Refusal> {
    let oldest: ImageGeneration = host.lease.min_image_generation;
    if request.generation < oldest {
        return Some(Refusal::RevokedImage);
    }
    if !host.spec.nics.iter().any(|nic| nic.mac == request.mac) {
        return Some(Refusal::ForeignMac);
    }
    if host.spec.uuid.is_some() && host.spec.uuid != request.uuid {
        return Some(Refusal::OtherUuid);
    }
    let serial = host.spec.serial.as_ref();
    if serial.is_some_and(|serial| serial.as_str() != request.serial) {
        return Some(Refusal::OtherSerial);
    }
    None
}
