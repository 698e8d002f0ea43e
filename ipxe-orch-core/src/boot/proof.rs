//! The identity of a machine: its secret and a MAC address of the same host, and the UUID and the
//! serial number if the host has them registered.

use super::{BootRequest, ImageIdentity, secret::BootSecret};
use crate::{
    auth::{Boot, Granted},
    error::StoreError,
    host::{SameUuid, own_uuid},
    ids::{ImageGeneration, KeyId},
    keys::{KeyProvider, Purpose},
    lease::BootRecord,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

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
    /// The image's generation is higher than that of any image that was made for the host.
    FutureImage,
    /// The secret is genuine, but the host has no image of this generation with this key.
    OtherKey,
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
            Self::FutureImage => "image of a generation that was never made",
            Self::OtherKey => "image with a key that is not the host's",
            Self::ForeignMac => "MAC of another host",
            Self::OtherUuid => "another UUID",
            Self::OtherSerial => "another serial number",
            Self::BadRequest => "malformed boot request",
        })
    }
}

/// What a genuine secret proves: that whoever sent it has the image key, or the image of this host.
/// Whether the host was enrolled with that key, [`contradiction`] says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Proof {
    /// The grant of the machine.
    pub grant: Granted<Boot>,
    /// Whether the key was made elsewhere and imported.
    pub imported: bool,
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
) -> Result<Result<Proof, Refusal>, StoreError> {
    prove_identity(&request.identity(), keys).await
}

/// Checks the secret of an image.
pub(crate) async fn prove_identity(
    image: &ImageIdentity,
    keys: &dyn KeyProvider,
) -> Result<Result<Proof, Refusal>, StoreError> {
    let Some(key) = keys.lookup(Purpose::Image, image.key).await? else {
        return Ok(Err(Refusal::WrongSecret));
    };
    let right = BootSecret::derive(&key, image.host, image.generation);
    if right.matches(&image.secret) {
        return Ok(Ok(Proof { grant: Granted::machine(image.host), imported: key.imported }));
    }
    Ok(Err(Refusal::WrongSecret))
}

/// Compares the request with the host: the first contradiction, or `None`. `imported`
/// says whether the request's key was ([`Proof::imported`]).
pub fn contradiction(request: &BootRequest, host: &BootRecord, imported: bool) -> Option<Refusal> {
    let wrong = foreign_image(request.generation, request.key, host, imported);
    if wrong.is_some() {
        return wrong;
    }
    if !host.macs.contains(&request.mac) {
        return Some(Refusal::ForeignMac);
    }
    if same_uuid(request, host.uuid) == Some(SameUuid::No) {
        return Some(Refusal::OtherUuid);
    }
    let serial = host.serial.as_ref().filter(|serial| !serial.is_placeholder());
    serial.is_some_and(|serial| !serial.is(&request.serial)).then_some(Refusal::OtherSerial)
}

/// Why an image with a genuine secret is no image of this host.
fn foreign_image(
    generation: ImageGeneration,
    key: KeyId,
    host: &BootRecord,
    imported: bool,
) -> Option<Refusal> {
    if generation < host.min_image_generation {
        return Some(Refusal::RevokedImage);
    }
    if generation > host.image_generation {
        return Some(Refusal::FutureImage);
    }
    (!host.accepts_image(generation, key, imported)).then_some(Refusal::OtherKey)
}

/// Compares the UUID of the request with the registered one. `None` if none is registered.
pub(crate) fn same_uuid(request: &BootRequest, registered: Option<Uuid>) -> Option<SameUuid> {
    let registered = registered.and_then(own_uuid)?;
    Some(request.uuid.map_or(SameUuid::No, |shown| SameUuid::of(registered, shown)))
}
