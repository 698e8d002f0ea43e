//! What can go wrong, and whether another controller may help.

use crate::local::FileError;
use ipxe_orch_core::{
    auth::{Refusal, SignInError},
    names::RealmName,
    text::shown,
};
use std::{error::Error, fmt};

/// Options of a directory that cannot be used. The text names the key and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("directory {realm}: `{key}` {why}")]
pub struct InvalidDirectory {
    realm: RealmName,
    key: &'static str,
    why: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl InvalidDirectory {
    pub(super) fn new(realm: &RealmName, key: &'static str, why: impl Into<String>) -> Self {
        Self { realm: realm.clone(), key, why: why.into(), source: None }
    }

    pub(super) fn from(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(super) fn file(realm: &RealmName, key: &'static str, error: FileError) -> Self {
        Self::new(realm, key, format!("names a file that cannot be used: {error}")).from(error)
    }

    /// The key of the option.
    pub const fn key(&self) -> &'static str {
        self.key
    }
}

/// A controller that gave no usable answer.
#[derive(Debug)]
pub(super) struct Fault {
    /// What was tried, and the remedy. Foreign text in it is made safe.
    pub text: String,
    /// The result code, if the controller gave one.
    pub code: Option<u32>,
    /// Whether another controller may do better.
    pub next: bool,
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A failure that another controller would have as well.
    pub(super) fn stop(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: None, next: false, source: None }
    }

    /// A failure of this controller alone.
    pub(super) fn next(text: impl Into<String>) -> Self {
        Self { next: true, ..Self::stop(text) }
    }

    pub(super) fn from(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The failure, with which `doing` ended.
    pub(super) fn code(doing: &str, code: u32, text: &str) -> Self {
        let remedy = explained(code, text);
        let text = format!("{doing}: result {code}{}{remedy}", told(text));
        // 51 is busy, 52 is unavailable (RFC 4511 appendix A).
        Self { code: Some(code), next: matches!(code, 51 | 52), ..Self::stop(text) }
    }

    /// The same, if the question must not be put to another controller.
    pub(super) fn only_here(mut self) -> Self {
        self.next = self.code.is_some() && self.next;
        self
    }
}

fn told(text: &str) -> String {
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    if text.is_empty() { String::new() } else { format!(" (`{}`)", shown(text)) }
}

/// What a result means for whoever set the directory up.
fn explained(code: u32, text: &str) -> &'static str {
    match code {
        _ if text.contains("80090346") => {
            "; the controller wants channel binding and does not see its own certificate: name the \
             controller itself in `urls`, not a proxy that ends TLS"
        }
        8 => {
            "; the controller takes passwords on encrypted connections only: use ldaps:// or \
             `start_tls = true`"
        }
        13 => {
            "; the server takes passwords on well encrypted connections only: use ldaps:// or \
             `start_tls = true`"
        }
        10 => "; it refers to another server, and neither question nor password follow it",
        1 if text.contains("000004DC") => "; the bind account is not signed in",
        3 => "; the search took longer than the server allows: index the attributes that it uses",
        4 | 11 => {
            "; the search has more results than the server allows: raise the limit for `bind_name`"
        }
        32 => "; the entry does not exist, or `bind_name` may not read it: check `base_dn`",
        34 => "; a DN in the settings is not written as the server wants it",
        50 => "; `bind_name` may not read that: give it the right",
        51 | 52 => "; it is busy or not available",
        _ => "",
    }
}

/// Why there is no answer about a person.
#[derive(Debug)]
pub(super) enum Trouble {
    Refused(Refusal),
    Fault(Fault),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Trouble {
    pub(super) fn told(self, realm: &RealmName) -> SignInError {
        match self {
            Self::Refused(refusal) => refusal.into(),
            Self::Fault(Fault { text, source, .. }) => {
                SignInError::Unavailable { realm: realm.clone(), text, source }
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_controller_demands_is_explained() {
        let text = |code, text: &str| Fault::code("bind", code, text).text;
        assert!(text(8, "BindSimple: Transport encryption required.").contains("use ldaps://"));
        assert!(text(13, "").contains("`start_tls = true`"));
        assert!(
            text(49, "80090346: LdapErr: DSID, data 80090346, v4563").contains("channel binding")
        );
        assert!(text(10, "").contains("neither question nor password"));
    }

    #[test]
    fn only_a_busy_controller_leaves_the_question_to_the_next() {
        for code in [1, 8, 10, 13, 32, 49, 50, 53, 80] {
            assert!(!Fault::code("bind", code, "").next, "{code}");
        }
        assert!(Fault::code("bind", 51, "").next && Fault::code("bind", 52, "").only_here().next);
        assert!(!Fault::next("no answer").only_here().next);
    }

    #[test]
    fn text_of_a_controller_is_made_safe() {
        let fault = Fault::code("search", 80, "\u{1b}[2Jgone\n\0");
        assert_eq!(fault.text, r"search: result 80 (`\u{1b}[2Jgone`)");
    }
}
