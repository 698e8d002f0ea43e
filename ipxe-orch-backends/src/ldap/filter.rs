//! Filters of searches (RFC 4515). Values of people and of the directory are always escaped.

use std::fmt::Write as _;

/// `(attribute=value)` for exactly this value, whatever is in it.
pub(super) fn equals(attribute: &str, value: &[u8]) -> String {
    format!("({attribute}={})", escaped(value))
}

/// `(attribute:rule:=value)`: the same, with a rule of the server.
pub(super) fn matches(attribute: &str, rule: &str, value: &[u8]) -> String {
    format!("({attribute}:{rule}:={})", escaped(value))
}

/// An entry that fits all filters.
pub(super) fn all(filters: &[&str]) -> String {
    format!("(&{})", filters.concat())
}

/// An entry that fits one filter.
pub(super) fn any(filters: &[String]) -> String {
    format!("(|{})", filters.concat())
}

/// Bytes that are no plain letter or digit are written as `\xx`. RFC 4515 asks for that for `*`,
/// `(`, `)`, `\` and NUL; for all others it is allowed, and it fits SIDs as well as text.
fn escaped(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'.' | b'-' | b'_' | b'@' | b',' | b'=')
        {
            text.push(char::from(*byte));
        } else {
            // Writing into a text does not fail.
            write!(text, "\\{byte:02x}").ok();
        }
    }
    text
}

/// Whether the text is one filter.
pub(super) fn is_filter(text: &str) -> bool {
    text.starts_with('(') && ldap3::parse_filter(text).is_ok()
}

/// Whether the text is the name of an attribute, without options.
pub(super) fn is_attribute(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::any as arbitrary, prop_assert, proptest};

    #[test]
    fn a_value_cannot_leave_its_place() {
        assert_eq!(equals("uid", b"*)(uid=*"), r"(uid=\2a\29\28uid=\2a)");
        assert_eq!(equals("uid", b"a\\b\0"), r"(uid=a\5cb\00)");
        assert_eq!(equals("cn", "Ä b".as_bytes()), r"(cn=\c3\84 b)");
        assert_eq!(equals("objectSid", &[1, 5, 0, 255]), r"(objectSid=\01\05\00\ff)");
    }

    #[test]
    fn a_dn_is_escaped_as_any_value() {
        let found = equals("member", br"CN=Smith\, Ann (Ops)*,DC=x");
        assert_eq!(found, r"(member=CN=Smith\5c, Ann \28Ops\29\2a,DC=x)");
    }

    #[test]
    fn filters_and_attributes_of_settings_are_checked() {
        assert!(is_filter("(&(objectClass=person)(!(uid=x)))"));
        for wrong in ["", "uid=x", "(uid=x", "(uid=x)(uid=y)", "(|(a=b)"] {
            assert!(!is_filter(wrong), "{wrong}");
        }
        assert!(is_attribute("sAMAccountName") && is_attribute("2.5.4.3"));
        for wrong in ["", "a b", "uid=*)(x", "cn;binary", "-a"] {
            assert!(!is_attribute(wrong), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn each_value_makes_one_filter(value in arbitrary::<Vec<u8>>()) {
            prop_assert!(is_filter(&equals("uid", &value)));
        }
    }
}
