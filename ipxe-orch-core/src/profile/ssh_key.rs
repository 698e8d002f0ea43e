//! Lines of `authorized_keys`, by the section on that file in sshd(8).

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The options that sshd(8) knows. It ignores a key with any other option.
const OPTIONS: [&str; 22] = [
    "agent-forwarding",
    "cert-authority",
    "command",
    "environment",
    "expiry-time",
    "from",
    "no-agent-forwarding",
    "no-port-forwarding",
    "no-pty",
    "no-touch-required",
    "no-user-rc",
    "no-x11-forwarding",
    "permitlisten",
    "permitopen",
    "port-forwarding",
    "principals",
    "pty",
    "restrict",
    "tunnel",
    "user-rc",
    "verify-required",
    "x11-forwarding",
];

/// Types of keys, with the number of fields after the type (RFC 4253 section 6.6, RFC 5656 section
/// 3.1, RFC 8709 section 4, and PROTOCOL.u2f of OpenSSH). `ssh-dss` is missing: OpenSSH 10 has
/// removed it.
const TYPES: [(&str, usize); 7] = [
    ("ssh-ed25519", 1),
    ("ssh-rsa", 2),
    ("ecdsa-sha2-nistp256", 2),
    ("ecdsa-sha2-nistp384", 2),
    ("ecdsa-sha2-nistp521", 2),
    ("sk-ssh-ed25519@openssh.com", 2),
    ("sk-ecdsa-sha2-nistp256@openssh.com", 3),
];

/// Whether sshd takes the line as a key: options, a type, a key of this type, and a comment. The
/// options and the comment may be missing.
pub(super) fn is_ssh_key(line: &str) -> bool {
    if line.contains(char::is_control) {
        return false;
    }
    let line = line.trim();
    let begins_with_type = |line: &str| {
        let word = line.split(' ').next();
        TYPES.iter().any(|(name, _)| word == Some(*name))
    };
    if begins_with_type(line) {
        return is_key(line);
    }
    let Some((options, key)) = split_options(line) else { return false };
    options.iter().all(|option| is_option(option)) && is_key(key)
}

/// The options before the first blank that is not in quotes, and what follows. `None` if a quote is
/// not closed or nothing follows.
fn split_options(line: &str) -> Option<(Vec<&str>, &str)> {
    let (mut options, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (place, c) in line.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ',' if !quoted => {
                options.push(line.get(start..place)?);
                start = place.saturating_add(1);
            }
            ' ' if !quoted => {
                options.push(line.get(start..place)?);
                return Some((options, line.get(place..)?.trim_start()));
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// `name` or `name="value"`.
fn is_option(option: &str) -> bool {
    let (name, value) = match option.split_once('=') {
        None => (option, None),
        Some((name, value)) => (name, Some(value)),
    };
    let quoted = |value: &str| value.len() > 1 && value.starts_with('"') && value.ends_with('"');
    OPTIONS.contains(&name.to_ascii_lowercase().as_str()) && value.is_none_or(quoted)
}

/// `TYPE BASE64 COMMENT`, in which the key has the type.
fn is_key(text: &str) -> bool {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let (Some(kind), Some(blob)) = (words.next(), words.next()) else { return false };
    let Some((_, count)) = TYPES.iter().find(|(name, _)| *name == kind) else { return false };
    let Ok(blob) = STANDARD.decode(blob) else { return false };
    let Some(fields) = fields(&blob) else { return false };
    let [first, rest @ ..] = &*fields else { return false };
    *first == kind.as_bytes() && rest.len() == *count && rest.iter().all(|field| !field.is_empty())
}

/// The fields, each of which has its length before it, in four bytes.
fn fields(mut blob: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !blob.is_empty() {
        let (length, rest) = blob.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        fields.push(field);
        blob = rest;
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOB: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn keys_with_and_without_options_are_taken() {
        for before in [
            "",
            "no-pty ",
            "command=\"/usr/bin/rsync --server\",no-pty ",
            "from=\"10.0.0.0/8,!10.0.0.1\",command=\"echo \\\"a, b\\\"\" ",
            "restrict,X11-forwarding ",
        ] {
            for after in ["", " ", " me@example.test", " two words, and \"quotes\""] {
                let line = format!("{before}ssh-ed25519 {BLOB}{after}");
                assert!(is_ssh_key(&line), "{line}");
            }
        }
    }

    #[test]
    fn what_sshd_ignores_is_refused() {
        let cut = BLOB.get(..40).unwrap();
        for line in [
            String::new(),
            "ssh-ed25519".to_owned(),
            "ssh-ed25519 AAAA me".to_owned(),
            format!("ssh-ed25519 {cut} me"),
            format!("ssh-rsa {BLOB} the type of another key"),
            format!("ssh-dss {BLOB}"),
            format!("{BLOB} me"),
            format!("no-such-option ssh-ed25519 {BLOB}"),
            format!("command=/usr/bin/rsync ssh-ed25519 {BLOB}"),
            format!("command=\"/usr/bin/rsync ssh-ed25519 {BLOB}"),
            format!("command=\"/usr/bin/rsync --server\", no-pty ssh-ed25519 {BLOB}"),
            format!("ssh-ed25519 {BLOB}\nssh-ed25519 {BLOB}"),
            "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(),
        ] {
            assert!(!is_ssh_key(&line), "{line}");
        }
    }
}
