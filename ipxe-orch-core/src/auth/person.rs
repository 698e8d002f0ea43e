//! Persons and groups, as a login service knows them.

use crate::names::{InvalidName, RealmName};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The text is not the id of a person or a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPrincipal {
    /// There is no `/` between realm and key.
    #[error("`{}` is not an id: write REALM/KEY", crate::text::shown(.0))]
    NoRealm(String),
    /// The realm is not a name.
    #[error(transparent)]
    Realm(#[from] InvalidName),
    /// The key is empty, too long, or has signs that do not print.
    #[error("`{}` is not a key: 1 to 200 printable ASCII characters without blanks", crate::text::shown(.0))]
    Key(String),
}

macro_rules! principal {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            realm: RealmName,
            key: String,
        }

        impl $name {
            /// The principal that `realm` knows under `key`.
            ///
            /// # Errors
            /// [`InvalidPrincipal::Key`] unless the key has 1 to 200 printable ASCII characters
            /// without blanks.
            pub fn new(realm: RealmName, key: impl Into<String>) -> Result<Self, InvalidPrincipal> {
                let key = key.into();
                let long = key.is_empty() || key.len() > 200;
                if long || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(InvalidPrincipal::Key(key));
                }
                Ok(Self { realm, key })
            }

            /// The login service that knows it.
            pub const fn realm(&self) -> &RealmName {
                &self.realm
            }

            /// What the login service calls it, for ever: a SID, a UUID, a subject.
            pub fn key(&self) -> &str {
                &self.key
            }
        }

        impl FromStr for $name {
            type Err = InvalidPrincipal;

            fn from_str(text: &str) -> Result<Self, InvalidPrincipal> {
                let none = || InvalidPrincipal::NoRealm(text.to_owned());
                let (realm, key) = text.split_once('/').ok_or_else(none)?;
                Self::new(realm.parse()?, key)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidPrincipal;

            fn try_from(text: String) -> Result<Self, InvalidPrincipal> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}/{}", self.realm, self.key)
            }
        }
    };
}

principal!(
    /// The id of a person: `REALM/KEY`. It stays the same when the person gets another name, and it
    /// is never that of another person: `corp/S-1-5-21-1004336348-1177238915-682003330-1105`.
    PersonId
);
principal!(
    /// The id of a group of a directory: `REALM/KEY`. It stays the same when the group is renamed
    /// or moved. A new group with the old name has another id.
    GroupId
);

/// A group, with the name that people know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id, to which roles are bound.
    pub id: GroupId,
    /// Its name, which is only shown.
    pub name: String,
}

/// A person, as a login service has told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Person {
    /// Who it is.
    pub id: PersonId,
    /// The name with which it signs in, for the audit and for lists.
    pub name: String,
    /// The name that people call it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// All groups, nested ones included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

impl Person {
    /// A person without groups and without a display name.
    pub fn new(id: PersonId, name: impl Into<String>) -> Self {
        Self { id, name: name.into(), display_name: None, groups: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_realm_and_a_key() {
        let text = "corp/S-1-5-21-7-8-9-1105";
        let id: PersonId = text.parse().unwrap();
        assert_eq!((id.realm().as_str(), id.key()), ("corp", "S-1-5-21-7-8-9-1105"));
        assert_eq!(id.to_string(), text);
        assert_eq!(serde_json::from_str::<PersonId>(&format!("\"{text}\"")).unwrap(), id);
        // A subject of OIDC may contain slashes.
        assert_eq!("sso/a/b".parse::<GroupId>().unwrap().key(), "a/b");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let long = format!("corp/{}", "x".repeat(201));
        for text in ["", "corp", "corp/", "/x", "Corp/x", "corp/a b", "corp/ä", "corp/a\n", &long]
        {
            assert!(text.parse::<PersonId>().is_err(), "{text:?}");
        }
    }
}
