//! Passwords of installed systems, stored as hashes of crypt(5).

use crate::time::Random;
use sha_crypt::{Algorithm, Params, PasswordHasher as _, ShaCrypt};

/// The longest password, in bytes. The work of SHA-crypt grows with the length.
pub const MAX_PASSWORD: usize = 256;

/// The text cannot be a password. The message does not contain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has 1 to {MAX_PASSWORD} bytes without control characters")]
pub struct InvalidPassword;

/// The password in a form for crypt(5). A hash that starts with `$5$`, `$6$` or `$y$` stays as it
/// is. Anything else becomes a SHA-512 crypt hash with 5,000 rounds and a salt of 96 bits.
///
/// # Errors
/// [`InvalidPassword`] if the text is empty, longer than [`MAX_PASSWORD`] bytes or has control
/// characters.
pub fn password_hash(text: &str, random: &dyn Random) -> Result<String, InvalidPassword> {
    if text.is_empty() || text.len() > MAX_PASSWORD || text.contains(char::is_control) {
        return Err(InvalidPassword);
    }
    if is_hash(text) {
        return Ok(text.to_owned());
    }
    let mut salt = [0; 12];
    random.fill(&mut salt);
    let rounds = Params::new(5000).map_err(|_| InvalidPassword)?;
    let hash = ShaCrypt::new(Algorithm::Sha512Crypt, rounds)
        .hash_password_with_salt(text.as_bytes(), &salt)
        .map_err(|_| InvalidPassword)?;
    Ok(hash.as_str().to_owned())
}

/// Whether the text is already a hash: its parts have the characters and lengths of crypt(5).
fn is_hash(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"./$=".contains(&b);
    let digest = match text.get(..3) {
        Some("$5$" | "$y$") => 43,
        Some("$6$") => 86,
        _ => return false,
    };
    let parts: Vec<_> = text.split('$').collect();
    let last = parts.last().is_some_and(|last| last.len() == digest && !last.contains('='));
    last && matches!(parts.len(), 4 | 5) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::CountingRandom;
    use std::process::Command;

    #[test]
    fn passwords_become_hashes_and_hashes_stay() {
        let random = CountingRandom::default();
        let hash = password_hash("it's geheim", &random).unwrap();
        assert!(hash.starts_with("$6$") && !hash.contains("geheim"), "{hash}");
        assert_ne!(password_hash("it's geheim", &random).unwrap(), hash, "a salt each");
        assert_eq!(password_hash(&hash, &random).unwrap(), hash);
        let yescrypt = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7";
        assert_eq!(password_hash(yescrypt, &random).unwrap(), yescrypt);
        assert_ne!(password_hash("$6$short", &random).unwrap(), "$6$short");
        for wrong in ["", "a\nb", &"x".repeat(MAX_PASSWORD + 1)] {
            assert_eq!(password_hash(wrong, &random), Err(InvalidPassword));
        }
    }

    /// The system's crypt(3), called through Perl, computes the same hash with the same salt.
    #[test]
    fn crypt_agrees() {
        let hash = password_hash("geheim", &CountingRandom::default()).unwrap();
        let output = Command::new("perl")
            .args(["-e", "print crypt($ARGV[0], $ARGV[1])", "geheim", &hash])
            .output()
            .expect("perl is there: it is part of Debian's base");
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().rsplit('$').next(),
            hash.rsplit('$').next()
        );
    }
}
