//! The requests by which servers of one installation fetch media from each other, and the proof
//! that requests and answers are genuine.
//!
//! ```text
//! Authorization: ipxe-orch-media BASE64URL(key id, time, nonce, MAC of the request)
//! Ipxe-Orch-Answer: BASE64URL(MAC of the answer)
//! ```
//! Both MACs are HMAC-SHA256 (RFC 2104) under the key of purpose `media_sync`. They cover several
//! parts, each one after its length as 8 bytes, big endian; the first part says what is
//! authenticated. The MAC of an answer covers the MAC of its request, so an answer cannot be used
//! for another request.

use crate::{
    digest::Digest,
    error::StoreError,
    ids::KeyId,
    keys::{Key, KeyProvider, Purpose},
    time::{Random, Timestamp},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use std::{fmt, str::FromStr, time::Duration};
use subtle::ConstantTimeEq;

/// The largest difference between the clocks of two servers, and the time for which a request is
/// valid.
pub const SKEW: Duration = Duration::from_mins(5);

/// The HTTP header with the MAC of an answer.
pub const ANSWER_HEADER: &str = "ipxe-orch-answer";

const SCHEME: &str = "ipxe-orch-media ";
const REQUEST: &[u8] = b"ipxe-orch media request v1";
const ANSWER: &[u8] = b"ipxe-orch media answer v1";

/// A request to another server.
#[derive(Clone, Copy, Debug)]
pub struct PeerRequest<'a> {
    /// `GET` or `HEAD`.
    pub method: &'a str,
    /// Path and query below the base path of the server, as they are sent. The base path is left
    /// out, because a proxy in front of the server may change it.
    pub target: &'a str,
}

/// The proof that a request comes from this installation: 60 bytes, in base64url 80 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    key: KeyId,
    at: Timestamp,
    nonce: [u8; 16],
    mac: [u8; 32],
}

/// The text authorises nothing. There is one error for all reasons, so that an attacker learns
/// nothing from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAuthorization;

impl Authorization {
    fn new(key: &Key, request: PeerRequest<'_>, at: Timestamp, nonce: [u8; 16]) -> Self {
        let (method, target) = (request.method.as_bytes(), request.target.as_bytes());
        let time = at.as_millis().to_be_bytes();
        let mac = mac(key, &[REQUEST, method, target, &time, &nonce]);
        Self { key: key.id, at, nonce, mac }
    }

    fn is_timely(&self, now: Timestamp) -> bool {
        now.minus(SKEW) <= self.at && self.at <= now.plus(SKEW)
    }
}

fn mac(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC accepts keys of every length, so this does not fail.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.secret()) else { return [0; 32] };
    for part in parts {
        hmac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.at.as_millis().to_be_bytes();
        let bytes = [&self.key.as_bytes()[..], &time, &self.nonce, &self.mac].concat();
        write!(f, "{SCHEME}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorization({} at {})", self.key, self.at)
    }
}

impl FromStr for Authorization {
    type Err = NoAuthorization;

    fn from_str(text: &str) -> Result<Self, NoAuthorization> {
        let text = text.strip_prefix(SCHEME).filter(|text| text.len() == 80);
        let mut bytes = [0; 60];
        URL_SAFE_NO_PAD
            .decode_slice(text.ok_or(NoAuthorization)?, &mut bytes)
            .map_err(|_| NoAuthorization)?;
        let (key, rest) = bytes.split_first_chunk().ok_or(NoAuthorization)?;
        let (time, rest) = rest.split_first_chunk().ok_or(NoAuthorization)?;
        let (nonce, rest) = rest.split_first_chunk().ok_or(NoAuthorization)?;
        let mac = rest.try_into().map_err(|_| NoAuthorization)?;
        let at = Timestamp::from_millis(i64::from_be_bytes(*time));
        Ok(Self { key: KeyId::from_bytes(*key), at, nonce: *nonce, mac })
    }
}

/// Issues authorizations, and checks the ones that other servers send.
pub struct Peers<'a> {
    keys: &'a dyn KeyProvider,
}

/// A genuine request, as both servers know it.
pub struct Exchange {
    key: Key,
    mac: [u8; 32],
}

impl<'a> Peers<'a> {
    /// Uses the `media_sync` keys of `keys`.
    pub const fn new(keys: &'a dyn KeyProvider) -> Self {
        Self { keys }
    }

    /// Authorises a request that is sent now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no active `media_sync` key, or the provider's error if
    /// the keys cannot be read.
    pub async fn issue(
        &self,
        request: PeerRequest<'_>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(Authorization, Exchange), StoreError> {
        let key = self.keys.active(Purpose::MediaSync).await?;
        let mut nonce = [0; 16];
        random.fill(&mut nonce);
        let authorization = Authorization::new(&key, request, now, nonce);
        let mac = authorization.mac;
        Ok((authorization, Exchange { key, mac }))
    }

    /// Checks a request. `None` if this installation did not send it, or not within [`SKEW`] of
    /// `now`. Somebody who overheard a request can repeat it for as long as that.
    ///
    /// # Errors
    /// [`StoreError`] if the keys cannot be read.
    pub async fn open(
        &self,
        text: &str,
        request: PeerRequest<'_>,
        now: Timestamp,
    ) -> Result<Option<Exchange>, StoreError> {
        let Ok(shown) = text.parse::<Authorization>() else { return Ok(None) };
        let Some(key) = self.keys.lookup(Purpose::MediaSync, shown.key).await? else {
            return Ok(None);
        };
        let right = Authorization::new(&key, request, shown.at, shown.nonce);
        let genuine: bool = right.mac.ct_eq(&shown.mac).into();
        let genuine = genuine && shown.is_timely(now);
        Ok(genuine.then_some(Exchange { key, mac: right.mac }))
    }
}

impl Exchange {
    /// The id of the key that the request was made with.
    pub const fn key(&self) -> KeyId {
        self.key.id
    }

    /// The value for [`ANSWER_HEADER`]: 43 characters.
    pub fn seal(&self, status: u16, body: &Digest) -> String {
        URL_SAFE_NO_PAD.encode(self.answer(status, body))
    }

    /// Whether a server with the same key gave this answer to this request.
    pub fn is_answer(&self, seal: &str, status: u16, body: &Digest) -> bool {
        let mut shown = [0; 32];
        let decoded = URL_SAFE_NO_PAD.decode_slice(seal, &mut shown);
        let genuine: bool = self.answer(status, body).ct_eq(&shown).into();
        decoded == Ok(32) && genuine
    }

    fn answer(&self, status: u16, body: &Digest) -> [u8; 32] {
        mac(&self.key, &[ANSWER, &self.mac, &status.to_be_bytes(), body.as_bytes()])
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange({})", self.key.id)
    }
}

#[cfg(test)]
mod tests;
