//! Checked names. Each can be put into a path, an iPXE script, a URL or a kernel argument without
//! quoting or escaping.
//!
//! # Example
//!
//! ```
//! use ipxe_orch_core::names::{HostName, InvalidName};
//!
//! let name: HostName = "db-01.example.test".parse()?;
//! assert_eq!(name.as_str(), "db-01.example.test");
//!
//! let error = "DB 01".parse::<HostName>().unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "`DB 01` is not a host name: only a-z, 0-9, `-` and `.` are allowed"
//! );
//! # Ok::<(), InvalidName>(())
//! ```

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The text is not a valid name of this kind. The message names the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a {kind}: {why}", crate::text::shown(.text))]
pub struct InvalidName {
    kind: &'static str,
    text: String,
    why: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(why) => Err(InvalidName { kind: $kind, text: text.to_owned(), why }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// Name of a host: 1 to 253 characters, in lower case. Dots separate its labels (RFC 1123
    /// section 2.1); each label has 1 to 63 of `a-z`, `0-9` and `-`, and neither starts nor ends
    /// with `-`.
    HostName, "host name", host_name
);
name!(
    /// Name of a site, within which addresses are unique: 1 to 63 of `a-z`, `0-9`, `-`, `_` and
    /// `.`.
    SiteName, "site name", short_name
);
name!(
    /// Name of a profile: 1 to 63 of `a-z`, `0-9`, `-`, `_` and `.`.
    ProfileName, "profile name", short_name
);
name!(
    /// Name of a set of installation media: 1 to 63 of `a-z`, `0-9`, `-`, `_` and `.`.
    SetName, "name of a media set", short_name
);
name!(
    /// Name of a file of a profile, without a folder: 1 to 63 of `A-Z`, `a-z`, `0-9`, `-`, `_` and
    /// `.`.
    FileName, "file name", file_name
);
name!(
    /// Name of a login service, such as `local` or `corp`: 1 to 63 of `a-z`, `0-9`, `-`, `_` and `.`.
    RealmName, "name of a login service", short_name
);
name!(
    /// Name of a local account: 1 to 63 of `a-z`, `0-9`, `-`, `_`, `.` and `@`.
    AccountName, "name of an account", account_name
);
name!(
    /// Name of a policy: 1 to 63 of `a-z`, `0-9`, `-`, `_` and `.`.
    PolicyName, "policy name", short_name
);
name!(
    /// Key of a label: 1 to 63 of `a-z`, `0-9`, `-`, `_`, `.` and `/`.
    LabelKey, "label key", label_key
);
name!(
    /// Value of a label: at most 63 of `A-Z`, `a-z`, `0-9`, `-`, `_`, `.`, `/` and `:`.
    LabelValue, "label value", label_value
);
name!(
    /// Name of a variable of a profile: 1 to 63 of `a-z`, `0-9` and `_`, beginning with a letter.
    VariableName, "variable name", variable_name
);

fn host_name(text: &str) -> Result<(), &'static str> {
    if text.is_empty() || text.len() > 253 {
        return Err("1 to 253 characters are allowed");
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Err("each part between dots has 1 to 63 characters");
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("no part may start or end with `-`");
        }
        if !label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err("only a-z, 0-9, `-` and `.` are allowed");
        }
    }
    Ok(())
}

fn short_name(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    within(text, allowed, "only a-z, 0-9, `-`, `_` and `.` are allowed")
}

fn account_name(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.@".contains(&b);
    within(text, allowed, "only a-z, 0-9, `-`, `_`, `.` and `@` are allowed")
}

fn variable_name(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Err("it must start with one of a-z");
    }
    within(text, allowed, "only a-z, 0-9 and `_` are allowed")
}

fn file_name(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    within(text, allowed, "only A-Z, a-z, 0-9, `-`, `_` and `.` are allowed")
}

fn label_key(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_./".contains(&b);
    within(text, allowed, "only a-z, 0-9, `-`, `_`, `.` and `/` are allowed")
}

fn label_value(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_./:".contains(&b);
    if text.is_empty() {
        return Ok(());
    }
    if text.len() <= 63 && text.bytes().all(allowed) {
        return Ok(());
    }
    Err("at most 63 of A-Z, a-z, 0-9, `-`, `_`, `.`, `/` and `:` are allowed")
}

/// Checks a name of 1 to 63 allowed characters. The first one must be a letter or a digit, so that
/// no command takes the name for an option, and it is neither a hidden file nor `..`.
fn within(text: &str, allowed: impl Fn(u8) -> bool, why: &'static str) -> Result<(), &'static str> {
    if text.is_empty() || text.len() > 63 {
        return Err("1 to 63 characters are allowed");
    }
    if !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Err("it must start with a letter or a digit");
    }
    if text.bytes().all(allowed) { Ok(()) } else { Err(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_break_a_script_or_path_are_refused() {
        let hostile = [
            "", ".", "..", "-a", "a-", "a..b", "a b", "a\nb", "${x}", "a;b", "a/b", "a\\b", "ä",
            "a'b", "A", "a%20b", "a&b", "a#b",
        ];
        for text in hostile {
            assert!(text.parse::<HostName>().is_err(), "{text:?}");
        }
        for text in hostile.iter().filter(|text| !["a-", "a..b"].contains(text)) {
            assert!(text.parse::<ProfileName>().is_err(), "{text:?}");
            assert!(text.parse::<AccountName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn ordinary_names_pass() {
        for text in ["web1", "db-01.example.test", "1", &"a".repeat(63)] {
            assert_eq!(text.parse::<HostName>().unwrap().as_str(), text);
        }
        assert!("a".repeat(64).parse::<HostName>().is_err());
        assert_eq!("ann@example.test".parse::<AccountName>().unwrap().as_str(), "ann@example.test");
        for text in ["@ann", "-ann", &"a".repeat(64)] {
            assert!(text.parse::<AccountName>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_error_names_the_text_and_the_remedy() {
        let error = "a\nb".parse::<SiteName>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`a\\nb` is not a site name: only a-z, 0-9, `-`, `_` and `.` are allowed"
        );
    }
}
