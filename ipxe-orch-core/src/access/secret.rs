//! What somebody shows who is signed in: the secret of a session, the text of a token.

use crate::{digest::Digest, ids::TokenId, keys::Key, time::Random};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use std::{fmt, str::FromStr};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The secret of a session: 32 random bytes, which only the browser has. In base64url it has 43
/// characters. The database has its SHA-256.
#[derive(Clone)]
pub struct SessionSecret(Zeroizing<[u8; 32]>);

/// The text of an API token: `ipxo_`, then 40 bytes in base64url: its id (16) and its secret (24).
/// The prefix is for programs that look for secrets in files.
#[derive(Clone)]
pub struct TokenSecret {
    id: TokenId,
    secret: Zeroizing<[u8; 24]>,
}

/// The text is no secret of this kind. There is one error for all reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not one that this server has issued")]
pub struct NoSecret;

impl SessionSecret {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut());
        Self(bytes)
    }

    /// What the database has of it. The secret is random, so that nobody can find it by trying.
    pub fn digest(&self) -> Digest {
        Digest::of_parts([&b"ipxe-orch session v1"[..], &self.0[..]])
    }

    /// The text for the cookie.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.0))
    }
}

impl FromStr for SessionSecret {
    type Err = NoSecret;

    fn from_str(text: &str) -> Result<Self, NoSecret> {
        let mut bytes = Zeroizing::new([0; 32]);
        if text.len() != 43 {
            return Err(NoSecret);
        }
        URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut()).map_err(|_| NoSecret)?;
        Ok(Self(bytes))
    }
}

impl TokenSecret {
    /// With what its text begins.
    pub const PREFIX: &'static str = "ipxo_";

    /// A new one.
    pub fn generate(id: TokenId, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0; 24]);
        random.fill(secret.as_mut());
        Self { id, secret }
    }

    /// The token that it is of.
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// What the database has of it: an HMAC-SHA256 (RFC 2104), whose key is kept apart from the
    /// database.
    pub fn verifier(&self, key: &Key) -> Digest {
        // HMAC accepts keys of every length, so this does not fail.
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.secret()) else {
            return Digest::of_parts([]);
        };
        hmac.update(b"ipxe-orch token v1");
        hmac.update(self.id.as_bytes());
        hmac.update(&self.secret[..]);
        Digest::from_bytes(hmac.finalize().into_bytes().into())
    }

    /// Whether the database has this verifier of it. It takes the same time whatever differs.
    pub fn is(&self, verifier: &Digest, key: &Key) -> bool {
        self.verifier(key).as_bytes().ct_eq(verifier.as_bytes()).into()
    }

    /// The text, which is shown once.
    pub fn reveal(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([self.id.as_bytes(), &self.secret[..]].concat());
        Zeroizing::new(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(&*bytes)))
    }
}

impl FromStr for TokenSecret {
    type Err = NoSecret;

    fn from_str(text: &str) -> Result<Self, NoSecret> {
        let text = text.strip_prefix(Self::PREFIX).ok_or(NoSecret)?;
        let mut bytes = Zeroizing::new([0; 40]);
        if text.len() != 54 {
            return Err(NoSecret);
        }
        URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut()).map_err(|_| NoSecret)?;
        let (id, rest) = bytes.split_first_chunk::<16>().ok_or(NoSecret)?;
        let secret = Zeroizing::new(rest.try_into().map_err(|_| NoSecret)?);
        Ok(Self { id: TokenId::from_bytes(*id), secret })
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSecret({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::Purpose, memory::CountingRandom, time::Timestamp};

    #[test]
    fn a_secret_reads_back_and_is_not_shown() {
        let random = CountingRandom::default();
        let secret = SessionSecret::generate(&random);
        let text = secret.reveal();
        assert_eq!(text.parse::<SessionSecret>().unwrap().digest(), secret.digest());
        assert!(!format!("{secret:?}").contains(&**text));
        for text in ["", "x", &text[1..], &format!("{}=", &text[1..]), &"!".repeat(43)] {
            assert!(text.parse::<SessionSecret>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_is_checked_with_its_key() {
        let random = CountingRandom::default();
        let now = Timestamp::from_millis(0);
        let [key, other] = [(); 2].map(|()| Key::generate(Purpose::Token, now, &random));
        let token = TokenSecret::generate(TokenId::generate(now, &random), &random);
        let verifier = token.verifier(&key);
        let text = token.reveal();
        assert!(text.starts_with("ipxo_") && text.len() == 59, "{}", *text);
        let read: TokenSecret = text.parse().unwrap();
        assert!(read.is(&verifier, &key) && !read.is(&verifier, &other));
        assert_eq!(read.id(), token.id());
        let changed = format!("{}A", &text[..text.len() - 1]);
        assert!(!changed.parse::<TokenSecret>().is_ok_and(|token| token.is(&verifier, &key)));
        for text in ["", "ipxo_", &text[1..], &text[..58]] {
            assert!(text.parse::<TokenSecret>().is_err(), "{text}");
        }
    }
}
