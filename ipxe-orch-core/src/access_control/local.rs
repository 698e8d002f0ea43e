//! The login service of local accounts.

use crate::{
    access::{Account, AccountKey, PasswordHash},
    auth::{AccessGrant, Authenticator, Password, Person, PersonId, Refusal, SignInError},
    error::StoreError,
    names::{AccountName, RealmName},
    stores::AccessStore,
};
use async_trait::async_trait;
use std::{fmt, sync::Arc};

/// Makes and compares hashes of passwords. That takes long on purpose, so it is done apart from the
/// threads that answer.
///
/// # Rules
/// - [`hash`](Self::hash) uses a new salt each time.
/// - [`compare`](Self::compare) takes as long for a wrong password as for the right one. A hash of a
///   method that it does not know is an error, not "wrong".
/// - Both limit how many run at once, so that strangers do not take all memory.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// The hash of a new password.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be made now.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError>;

    /// Whether `hash` is of this password.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be compared.
    async fn compare(&self, password: &Password, hash: &PasswordHash) -> Result<bool, StoreError>;
}

/// Signs in with the accounts of a store.
pub struct LocalAccounts {
    realm: RealmName,
    store: Arc<dyn AccessStore>,
    hasher: Arc<dyn PasswordHasher>,
    /// Compared for names that nobody has, so that the time does not tell which names there are.
    nobody: PasswordHash,
}

impl fmt::Debug for LocalAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalAccounts").field("realm", &self.realm).finish_non_exhaustive()
    }
}

impl LocalAccounts {
    /// The name of its realm.
    pub const REALM: &'static str = "local";

    /// The login service of the accounts in `store`.
    ///
    /// # Errors
    /// [`StoreError`] if no hash can be made.
    pub async fn new(
        store: Arc<dyn AccessStore>,
        hasher: Arc<dyn PasswordHasher>,
    ) -> Result<Self, StoreError> {
        let any = "nobody has this password".to_owned();
        let any = Password::new(any).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let nobody = hasher.hash(&any).await?;
        let realm = Self::REALM.parse::<RealmName>();
        let realm = realm.map_err(|error| StoreError::Invalid(error.to_string()))?;
        Ok(Self { realm, store, hasher, nobody })
    }

    fn failed(&self, error: StoreError) -> SignInError {
        SignInError::Unavailable {
            realm: self.realm.clone(),
            text: error.to_string(),
            source: Some(Box::new(error)),
        }
    }

    async fn lookup(&self, key: &AccountKey) -> Result<Option<Account>, SignInError> {
        let found = self.store.lookup_account(&AccessGrant::service(), key).await;
        found.map_err(|error| self.failed(error))
    }

    async fn compare(&self, password: &Password, hash: &PasswordHash) -> Result<bool, SignInError> {
        self.hasher.compare(password, hash).await.map_err(|error| self.failed(error))
    }
}

/// What others get to know of an account.
fn person(account: &Account) -> Person {
    let mut person = Person::new(account.id.clone(), account.name.as_str());
    person.display_name.clone_from(&account.display_name);
    person
}

#[async_trait]
impl Authenticator for LocalAccounts {
    fn realm(&self) -> &RealmName {
        &self.realm
    }

    async fn sign_in(&self, name: &str, password: &Password) -> Result<Person, SignInError> {
        let account = match name.to_lowercase().parse::<AccountName>() {
            Ok(name) => self.lookup(&AccountKey::Name(name)).await?,
            Err(_) => None,
        };
        let hash = account.as_ref().map_or(&self.nobody, |account| &account.password);
        let right = self.compare(password, hash).await?;
        // Only who knows the password learns more than that it was wrong.
        match account {
            Some(account) if right && account.disabled => Err(Refusal::Disabled.into()),
            Some(account) if right && account.must_change => {
                Err(Refusal::MustChangePassword.into())
            }
            Some(account) if right => Ok(person(&account)),
            _ => Err(Refusal::Credentials.into()),
        }
    }

    async fn find(&self, name: &str) -> Result<PersonId, SignInError> {
        let Ok(name) = name.to_lowercase().parse() else { return Err(Refusal::Gone.into()) };
        let account = self.lookup(&AccountKey::Name(name)).await?;
        account.map(|account| account.id).ok_or_else(|| Refusal::Gone.into())
    }

    async fn refresh(&self, id: &PersonId) -> Result<Person, SignInError> {
        match self.lookup(&AccountKey::Id(id.clone())).await? {
            None => Err(Refusal::Gone.into()),
            Some(account) if account.disabled => Err(Refusal::Disabled.into()),
            Some(account) => Ok(person(&account)),
        }
    }
}
