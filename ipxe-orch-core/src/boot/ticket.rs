//! Tickets: with the ticket of an attempt, its machine fetches files, claims and reports.

use crate::{
    auth::{Boot, Granted},
    error::StoreError,
    ids::{AttemptId, KeyId},
    keys::{Key, KeyProvider, Purpose},
    lease::Attempt,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use std::{fmt, str::FromStr};
use subtle::ConstantTimeEq;

/// A ticket of 36 bytes: key id (4), attempt id (16) and a tag, the first 16 bytes of HMAC-SHA256
/// (RFC 2104) over the attempt id. In base64url it has 48 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    key: KeyId,
    attempt: AttemptId,
    tag: [u8; 16],
}

/// The text is not a ticket. There is one error for all reasons, so that an attacker learns nothing
/// from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTicket;

const TICKET: &[u8] = b"ipxe-orch ticket v1";

impl Ticket {
    /// The ticket of `attempt`, made with `key`.
    pub fn new(key: &Key, attempt: AttemptId) -> Self {
        Self { key: key.id, attempt, tag: tag(key, TICKET, attempt) }
    }

    /// What stands for the ticket while a script is rendered that will be stored. It is as long,
    /// has the same alphabet, and opens nothing. Nobody can put it into a template or a value,
    /// because it follows from the key and an id that is new.
    pub(crate) fn marker(key: &Key, attempt: AttemptId) -> Self {
        Self { key: key.id, attempt, tag: tag(key, b"ipxe-orch ticket place v1", attempt) }
    }
}

fn tag(key: &Key, label: &[u8], attempt: AttemptId) -> [u8; 16] {
    // HMAC accepts keys of every length, so this does not fail.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.secret()) else { return [0; 16] };
    hmac.update(label);
    hmac.update(attempt.as_bytes());
    let full: [u8; 32] = hmac.finalize().into_bytes().into();
    let ([tag, _], _) = full.as_chunks::<16>() else { return [0; 16] };
    *tag
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key.as_bytes()[..], self.attempt.as_bytes(), &self.tag].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({})", self.attempt)
    }
}

impl FromStr for Ticket {
    type Err = NoTicket;

    fn from_str(text: &str) -> Result<Self, NoTicket> {
        let mut bytes = [0; 36];
        if text.len() != 48 {
            return Err(NoTicket);
        }
        URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| NoTicket)?;
        let (key, rest) = bytes.split_first_chunk::<4>().ok_or(NoTicket)?;
        let (attempt, tag) = rest.split_first_chunk::<16>().ok_or(NoTicket)?;
        let tag = tag.try_into().map_err(|_| NoTicket)?;
        Ok(Self { key: KeyId::from_bytes(*key), attempt: AttemptId::from_bytes(*attempt), tag })
    }
}

/// Issues tickets, and checks the ones that machines show.
pub struct Tickets<'a> {
    keys: &'a dyn KeyProvider,
}

impl<'a> Tickets<'a> {
    /// Uses the ticket keys of `keys`.
    pub const fn new(keys: &'a dyn KeyProvider) -> Self {
        Self { keys }
    }

    /// The ticket of a new attempt.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no active ticket key, or the provider's error if the
    /// keys cannot be read.
    pub async fn issue(&self, attempt: AttemptId) -> Result<Ticket, StoreError> {
        Ok(Ticket::new(&self.keys.active(Purpose::Ticket).await?, attempt))
    }

    /// The script of an offer, as its machine gets it: with the ticket.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub async fn script(&self, attempt: &Attempt) -> Result<String, StoreError> {
        let Some(id) = attempt.ticket_key() else { return Ok(attempt.script.clone()) };
        let key = match self.keys.lookup(Purpose::Ticket, id).await? {
            Some(key) => key,
            // It was retired, and the tickets that it made with it: the machine needs another one.
            None => self.keys.active(Purpose::Ticket).await?,
        };
        Ok(attempt.script_with(&Ticket::new(&key, attempt.id).to_string()))
    }

    /// The attempt of a ticket, and the proof that its holder may act for the attempt. `None` if
    /// this installation did not issue it.
    ///
    /// # Errors
    /// [`StoreError`] if the keys cannot be read.
    pub async fn open(&self, text: &str) -> Result<Option<(AttemptId, Granted<Boot>)>, StoreError> {
        let Ok(ticket) = text.parse::<Ticket>() else { return Ok(None) };
        let Some(key) = self.keys.lookup(Purpose::Ticket, ticket.key).await? else {
            return Ok(None);
        };
        let genuine: bool = tag(&key, TICKET, ticket.attempt).ct_eq(&ticket.tag).into();
        Ok(genuine.then(|| (ticket.attempt, Granted::ticket(ticket.attempt))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::KeyRing, memory::CountingRandom, time::Timestamp};

    #[tokio::test]
    async fn a_ticket_opens_for_its_attempt_only() {
        let random = CountingRandom::default();
        let ring = KeyRing::generate(Timestamp::from_millis(0), &random);
        let tickets = Tickets::new(&ring);
        let attempt = AttemptId::from_bytes([9; 16]);
        let text = tickets.issue(attempt).await.unwrap().to_string();
        assert_eq!(text.len(), 48);
        assert_eq!(tickets.open(&text).await.unwrap().unwrap().0, attempt);
        for position in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[position] = if forged[position] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(tickets.open(&forged).await.unwrap().is_none(), "{position}");
        }
        let key = ring.active(Purpose::Ticket).await.unwrap();
        let marker = Ticket::marker(&key, attempt).to_string();
        assert_eq!(marker.len(), text.len());
        assert!(tickets.open(&marker).await.unwrap().is_none(), "a marker opens nothing");
        let other = KeyRing::generate(Timestamp::from_millis(0), &random);
        assert!(Tickets::new(&other).open(&text).await.unwrap().is_none());
    }
}
