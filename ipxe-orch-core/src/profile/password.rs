//! Passwords of installed systems, stored as hashes of crypt(5).

use crate::time::Random;
use sha_crypt::{Algorithm, Params, PasswordHasher as _, ShaCrypt};

/// The longest password, in bytes. The work of SHA-crypt grows with the length.
pub const MAX_PASSWORD: usize = 256;

/// The word for a password with which nobody can log in.
pub const LOCKED: &str = "locked";

/// What crypt(5) compares with no password.
const NO_PASSWORD: &str = "*";

/// The text cannot be a password. The message does not contain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPassword {
    /// It is empty or too long.
    #[error("a password has 1 to {MAX_PASSWORD} bytes")]
    Length,
    /// It has a control character, such as the end of a line.
    #[error(
        "the password has several lines or another control character: a file must contain the \
         password only"
    )]
    Control,
    /// A blank at an end, which nobody sees.
    #[error(
        "the password begins or ends with a blank: remove it, or give the hash of the password"
    )]
    Blank,
    /// What `shadow` files have for a locked password.
    #[error("this means a locked password in other places: write `{LOCKED}`")]
    LockMark,
    /// A hash that installed systems may not know, or a damaged one.
    #[error(
        "it looks like a hash, but only whole hashes of the kinds $5$ (SHA-256), $6$ (SHA-512) and \
         $y$ (yescrypt) are accepted: make one with `mkpasswd -m sha-512`, or give the password itself"
    )]
    UnknownHash,
}

/// The password in a form for crypt(5). A hash that starts with `$5$`, `$6$` or `$y$` stays as it
/// is, and [`LOCKED`] becomes a text that is the hash of no password. Anything else becomes a
/// SHA-512 crypt hash with 5,000 rounds and a salt of 96 bits.
///
/// # Errors
/// [`InvalidPassword`] says what is wrong. A text that looks like another hash is refused, because
/// the system would take it for the password itself.
pub fn password_hash(text: &str, random: &dyn Random) -> Result<String, InvalidPassword> {
    match text {
        LOCKED => return Ok(NO_PASSWORD.to_owned()),
        text if is_hash(text) => return Ok(text.to_owned()),
        text => check(text)?,
    }
    let mut salt = [0; 12];
    random.fill(&mut salt);
    let rounds = Params::new(5000).map_err(|_| InvalidPassword::Length)?;
    let hash = ShaCrypt::new(Algorithm::Sha512Crypt, rounds)
        .hash_password_with_salt(text.as_bytes(), &salt)
        .map_err(|_| InvalidPassword::Length)?;
    Ok(hash.as_str().to_owned())
}

fn check(text: &str) -> Result<(), InvalidPassword> {
    if text.is_empty() || text.len() > MAX_PASSWORD {
        return Err(InvalidPassword::Length);
    }
    if text.contains(char::is_control) {
        return Err(InvalidPassword::Control);
    }
    if text.trim() != text {
        return Err(InvalidPassword::Blank);
    }
    if is_lock_mark(text) {
        return Err(InvalidPassword::LockMark);
    }
    if looks_like_hash(text) { Err(InvalidPassword::UnknownHash) } else { Ok(()) }
}

/// `!`, `*`, `!!` and `*LK*` of shadow(5), and a hash that usermod(8) has locked with `!`.
fn is_lock_mark(text: &str) -> bool {
    let locked = text.trim_start_matches('!');
    text.bytes().all(|byte| b"!*".contains(&byte))
        || text == "*LK*"
        || (locked != text && locked.starts_with('$'))
}

/// Whether it is written like a hash of crypt(5) or of a directory (RFC 2307).
fn looks_like_hash(text: &str) -> bool {
    let crypt = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
    let kind = |start: char, end: char| {
        let inner = text.strip_prefix(start).and_then(|rest| rest.split_once(end));
        inner.is_some_and(|(kind, rest)| {
            let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !kind.is_empty() && !rest.is_empty() && kind.bytes().all(word)
        })
    };
    // DES: two characters of salt, and 64 bits in 11 characters, of which the last has four bits.
    let des = text.len() == 13
        && text.bytes().all(crypt)
        && text.bytes().last().is_some_and(|last| b".26AEIMQUYcgkosw".contains(&last));
    let bsd = text.len() == 20 && text.starts_with('_') && text.bytes().skip(1).all(crypt);
    kind('$', '$') || kind('{', '}') || des || bsd
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
    }

    #[test]
    fn a_locked_password_has_a_word_of_its_own() {
        let random = CountingRandom::default();
        assert_eq!(password_hash("locked", &random).unwrap(), "*");
        for mark in ["!", "*", "!!", "!*", "*LK*", "!$6$saltsalt$hash"] {
            assert_eq!(password_hash(mark, &random), Err(InvalidPassword::LockMark), "{mark}");
        }
        for password in ["!secret", "secret*", "locked out"] {
            assert!(password_hash(password, &random).unwrap().starts_with("$6$"), "{password}");
        }
    }

    #[test]
    fn what_is_not_seen_is_told() {
        let random = CountingRandom::default();
        for (text, why) in [
            ("", InvalidPassword::Length),
            (&*"x".repeat(MAX_PASSWORD + 1), InvalidPassword::Length),
            ("a\nb", InvalidPassword::Control),
            ("geheim\n", InvalidPassword::Control),
            ("geheim\r", InvalidPassword::Control),
            ("geheim ", InvalidPassword::Blank),
            (" geheim", InvalidPassword::Blank),
            ("geheim\u{a0}", InvalidPassword::Blank),
        ] {
            assert_eq!(password_hash(text, &random), Err(why), "{text:?}");
        }
    }

    #[test]
    fn hashes_of_other_kinds_are_refused() {
        let random = CountingRandom::default();
        for hash in [
            "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
            "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
            "$gy$j9T$salt$hash",
            "$6$short",
            "{SSHA}aGFzaGhhc2g=",
            "rl.3StKT.4T8M",
            "_J9..rasmBYk8r9AiWNc",
        ] {
            let error = password_hash(hash, &random).unwrap_err();
            assert_eq!(error, InvalidPassword::UnknownHash, "{hash}");
            assert!(!error.to_string().contains(hash));
        }
        for password in ["$ecret", "a$b$c", "{brace", "$$", "thirteen-char"] {
            assert!(password_hash(password, &random).unwrap().starts_with("$6$"), "{password}");
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
