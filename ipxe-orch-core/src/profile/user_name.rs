//! Names for the first user of an installed system.

/// Users and groups that a system has before its first user is created: those of Debian's
/// base-passwd, and `admin`, which Ubuntu creates. An installer that is given one of these asks
/// again or fails.
const TAKEN: [&str; 44] = [
    "adm", "admin", "audio", "backup", "bin", "cdrom", "daemon", "dialout", "dip", "disk", "fax",
    "floppy", "games", "gnats", "irc", "kmem", "list", "lp", "mail", "man", "news", "nobody",
    "nogroup", "operator", "plugdev", "proxy", "root", "sasl", "shadow", "src", "staff", "sudo",
    "sync", "sys", "tape", "tty", "users", "utmp", "uucp", "video", "voice", "wheel", "www-data",
    "sshd",
];

/// The longest name that useradd(8) accepts, in bytes.
const MAX: usize = 32;

/// Whether every installer accepts the name: a letter `a-z`, then `a-z`, `0-9`, `-` and `_`. This
/// is less than POSIX.1-2024, 3.410 allows.
pub(super) fn is_user_name(text: &str) -> bool {
    let lower = |first: &u8| first.is_ascii_lowercase();
    let other =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    text.as_bytes().first().is_some_and(lower)
        && text.len() <= MAX
        && text.bytes().all(other)
        && !TAKEN.contains(&text)
}

#[test]
fn installers_take_them() {
    for name in ["ops", "a", "web-1_x", &"a".repeat(MAX)] {
        assert!(is_user_name(name), "{name}");
    }
    for name in ["", "Ops", "1a", "-a", "a.b", "a b", "ä", "root", "www-data", &"a".repeat(MAX + 1)]
    {
        assert!(!is_user_name(name), "{name}");
    }
}
