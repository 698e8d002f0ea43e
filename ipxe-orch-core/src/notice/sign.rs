//! Signatures of webhooks, so that a receiver knows who sent them, and when.

use crate::{digest::Digest, hex, time::Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;

/// The header with the signature: `t=SECONDS,v1=HEX`.
pub const SIGNATURE_HEADER: &str = "ipxe-orch-signature";

/// The value of the header for a body that is sent now: the time in seconds, and the HMAC-SHA256
/// under `secret` over the time, a dot and the body.
///
/// ```
/// use ipxe_orch_core::{notice::{sign, verify}, time::Timestamp};
/// use std::time::Duration;
///
/// let now = Timestamp::from_millis(1_769_868_309_500);
/// let header = sign(b"secret", b"{}", now);
/// // printf '1769868309.{}' | openssl dgst -sha256 -hmac secret
/// let tag = "1969823d1eb81e0578c7a15e6d5aec5c07c07a823c62d09a41156206270c7e00";
/// assert_eq!(header, format!("t=1769868309,v1={tag}"));
/// let patience = Duration::from_secs(300);
/// assert!(verify(b"secret", b"{}", &header, now, patience));
/// assert!(!verify(b"secret", b"{ }", &header, now, patience));
/// assert!(!verify(b"secret", b"{}", &header, now.plus(patience * 2), patience));
/// ```
pub fn sign(secret: &[u8], body: &[u8], now: Timestamp) -> String {
    let seconds = now.as_millis().div_euclid(1000);
    let tag = mac(secret, body, seconds)
        .map(|mac| Digest::from_bytes(mac.finalize().into_bytes().into()).to_string())
        .unwrap_or_default();
    format!("t={seconds},v1={tag}")
}

/// Whether the header is of this body, and not older than `patience`, or newer. For receivers.
pub fn verify(
    secret: &[u8],
    body: &[u8],
    header: &str,
    now: Timestamp,
    patience: Duration,
) -> bool {
    let field = |name: &str| header.split(',').find_map(|part| part.trim().strip_prefix(name));
    let (Some(seconds), Some(tag)) = (field("t="), field("v1=")) else { return false };
    let Ok(seconds) = seconds.parse::<i64>() else { return false };
    let sent = Timestamp::from_millis(seconds.saturating_mul(1000));
    // The whole second counts as the time of sending.
    let fresh = sent.plus(patience) >= now && now.plus(patience) >= sent;
    let Some(tag) = hex::bytes(tag) else { return false };
    fresh && mac(secret, body, seconds).is_some_and(|mac| mac.verify_slice(&tag).is_ok())
}

fn mac(secret: &[u8], body: &[u8], seconds: i64) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length: none cannot come.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_and_fresh_header_counts() {
        let now = Timestamp::from_millis(1_000_000);
        let minute = Duration::from_mins(1);
        let right = sign(b"secret", b"body", now);
        assert!(verify(b"secret", b"body", &right, now, minute));
        assert!(!verify(b"other", b"body", &right, now, minute));
        let later = right.replace("t=1000", "t=1001");
        let odd = format!("{right}0");
        for wrong in ["", "t=1000", "t=x,v1=00", "t=1000,v1=", later.as_str(), odd.as_str()] {
            assert!(!verify(b"secret", b"body", wrong, now, minute), "{wrong}");
        }
        for other in [now.plus(minute * 2), now.minus(minute * 2)] {
            assert!(!verify(b"secret", b"body", &right, other, minute));
        }
    }
}
