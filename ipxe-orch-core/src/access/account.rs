//! Local accounts.

use super::PasswordHash;
use crate::{auth::PersonId, host::Other, names::AccountName, time::Timestamp};
use serde::{Deserialize, Serialize};

/// An account that this installation keeps itself: for the first administrator, for emergencies,
/// and for sites without a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// Who it is, for ever. Its realm is the one of local accounts, its key a UUID.
    pub id: PersonId,
    /// The name with which the person signs in; unique among the accounts of a store.
    pub name: AccountName,
    /// The name that people call it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The hash of the password.
    pub password: PasswordHash,
    /// Whether the password must be changed at the next login.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub must_change: bool,
    /// Whether nobody can sign in with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// The time when it was made.
    pub created_at: Timestamp,
    /// The time when the password was set last.
    pub password_at: Timestamp,
    /// How often it was written: 0 for an account that is not stored yet.
    pub generation: u64,
    /// Fields that a newer version of this program added.
    #[serde(flatten)]
    pub other: Other,
}

impl Account {
    /// A new account, which is made at `now`.
    pub const fn new(
        id: PersonId,
        name: AccountName,
        password: PasswordHash,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            name,
            display_name: None,
            password,
            must_change: false,
            disabled: false,
            created_at: now,
            password_at: now,
            generation: 0,
            other: Other::new(),
        }
    }
}

/// What an account is looked up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountKey {
    /// Its id.
    Id(PersonId),
    /// Its name.
    Name(AccountName),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_version_added_is_kept_and_the_hash_is_not_shown() {
        let password = PasswordHash::new("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA").unwrap();
        let (id, name) = ("local/7f3c".parse().unwrap(), "ann".parse().unwrap());
        let account = Account::new(id, name, password, Timestamp::from_millis(5));
        let mut json = serde_json::to_value(&account).unwrap();
        assert_eq!(serde_json::from_value::<Account>(json.clone()).unwrap(), account);
        json["newer"] = serde_json::json!({ "a": [1] });
        let read: Account = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
        assert!(!format!("{account:?}").contains("argon2"), "{account:?}");
    }
}
