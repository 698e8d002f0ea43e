//! Local accounts.

use super::{AccessControl, AccessError};
use crate::{
    access::{Account, AccountKey},
    access_control::LocalAccounts,
    auth::{AccessGrant, Caller, Origin, Password, PersonId, Refusal},
    names::AccountName,
    stores::StoreError,
    time::{Random, Timestamp},
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The shortest password of a local account, in characters.
const SHORTEST: usize = 12;

/// What is said about a new account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name with which the person signs in.
    pub name: AccountName,
    /// The name that people call it by.
    pub display_name: Option<String>,
}

impl AccessControl {
    /// Makes an account with a one-time password, which the person must change at the first login.
    ///
    /// # Errors
    /// [`AccessError::Denied`]; [`StoreError::AlreadyExists`] if the name is taken.
    pub async fn create_account(
        &self,
        caller: &Caller,
        new: NewAccount,
    ) -> Result<(Account, Zeroizing<String>), AccessError> {
        let grant = self.manage(caller, "account.create").await?;
        let password = one_time(self.parts.random.as_ref());
        let mut account = self.new_account(new.name, &password).await?;
        account.display_name = new.display_name;
        let mut entry = self.entry(caller.actor(), &caller.origin, "account.create");
        entry.detail = Some(format!("account {} ({})", account.name, account.id));
        self.parts.store.put_account(&grant, &account, &entry).await?;
        account.generation += 1;
        Ok((account, password))
    }

    pub(super) async fn new_account(
        &self,
        name: AccountName,
        password: &str,
    ) -> Result<Account, AccessError> {
        let (now, random) = (self.now(), self.parts.random.as_ref());
        let hash = self.parts.hasher.hash(&checked(password)?).await?;
        let mut account = Account::new(local_id(now, random)?, name, hash, now);
        account.must_change = true;
        Ok(account)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`AccessError::Denied`].
    pub async fn accounts(&self, caller: &Caller) -> Result<Vec<Account>, AccessError> {
        let grant = self.manage(caller, "account.list").await?;
        Ok(self.parts.store.list_accounts(&grant).await?)
    }

    /// Disables an account, which ends its sessions and removes its tokens, or enables it.
    ///
    /// # Errors
    /// [`AccessError::Denied`]; [`StoreError::NotFound`] if there is no such account.
    pub async fn disable_account(
        &self,
        caller: &Caller,
        name: &AccountName,
        disabled: bool,
    ) -> Result<Account, AccessError> {
        let action = if disabled { "account.disable" } else { "account.enable" };
        let account =
            self.edit(caller, name, action, |account| account.disabled = disabled).await?;
        if disabled {
            self.shut_out(&account.id, "the account was disabled").await?;
        }
        Ok(account)
    }

    /// Gives an account a one-time password, and ends its sessions.
    ///
    /// # Errors
    /// As [`Self::disable_account`].
    pub async fn reset_password(
        &self,
        caller: &Caller,
        name: &AccountName,
    ) -> Result<Zeroizing<String>, AccessError> {
        let password = one_time(self.parts.random.as_ref());
        let hash = self.parts.hasher.hash(&checked(&password)?).await?;
        let now = self.now();
        let set = |account: &mut Account| {
            (account.password, account.password_at, account.must_change) = (hash, now, true);
        };
        let account = self.edit(caller, name, "account.reset_password", set).await?;
        self.shut_out(&account.id, "the password was reset").await?;
        Ok(password)
    }

    /// Changes the own password of a local account. It needs the old one, and no session, because
    /// with a one-time password there is none yet.
    ///
    /// # Errors
    /// As [`Self::sign_in`]; [`AccessError::Invalid`] for a new password that is shorter than 12
    /// characters or the same as the old one.
    pub async fn change_password(
        &self,
        name: &AccountName,
        old: &Password,
        new: &Password,
        origin: &Origin,
    ) -> Result<(), AccessError> {
        if new.reveal().chars().count() < SHORTEST || new.reveal() == old.reveal() {
            let why = format!("choose a new password of {SHORTEST} characters or more");
            return Err(AccessError::Invalid(why));
        }
        let local = LocalAccounts::REALM.parse().map_err(|_| AccessError::NotSignedIn)?;
        let realm = self.realm(&local)?;
        match self.check_password(realm, name.as_str(), old, origin).await {
            Ok(_) | Err(AccessError::Refused(Refusal::MustChangePassword)) => {}
            Err(error) => return Err(error),
        }
        let grant = AccessGrant::service();
        let key = AccountKey::Name(name.clone());
        let account = self.parts.store.lookup_account(&grant, &key).await?;
        let mut account = account.ok_or(AccessError::Refused(Refusal::Credentials))?;
        account.password = self.parts.hasher.hash(new).await?;
        (account.password_at, account.must_change) = (self.now(), false);
        let actor = super::roles::actor_of(&account);
        let entry = self.entry(&actor, origin, "account.change_password");
        self.parts.store.put_account(&grant, &account, &entry).await?;
        self.end_sessions_of(&account.id, &actor, origin).await
    }

    async fn edit(
        &self,
        caller: &Caller,
        name: &AccountName,
        action: &str,
        change: impl FnOnce(&mut Account) + Send,
    ) -> Result<Account, AccessError> {
        let grant = self.manage(caller, action).await?;
        let key = AccountKey::Name(name.clone());
        let account = self.parts.store.lookup_account(&grant, &key).await?;
        let mut account = account.ok_or(StoreError::NotFound)?;
        change(&mut account);
        let mut entry = self.entry(caller.actor(), &caller.origin, action);
        entry.detail = Some(format!("account {name} ({})", account.id));
        self.parts.store.put_account(&grant, &account, &entry).await?;
        account.generation += 1;
        Ok(account)
    }
}

fn checked(password: &str) -> Result<Password, AccessError> {
    Password::new(password.to_owned()).map_err(|error| AccessError::Invalid(error.to_string()))
}

fn local_id(now: Timestamp, random: &dyn Random) -> Result<PersonId, AccessError> {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    let id: Uuid = uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid();
    let id = format!("{}/{}", LocalAccounts::REALM, id.hyphenated());
    id.parse().map_err(|_| AccessError::Invalid(format!("{id} is not an id")))
}

/// The signs of one-time passwords. There is no 0, 1, i or l, which look like others.
const SIGNS: &[u8; 32] = b"23456789abcdefghjkmnopqrstuvwxyz";

/// A one-time password of 100 random bits, in four groups of five signs.
pub(super) fn one_time(random: &dyn Random) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; 20]);
    random.fill(bytes.as_mut());
    let mut text = Zeroizing::new(String::new());
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % 5 == 0 {
            text.push('-');
        }
        let sign = SIGNS.get(usize::from(byte % 32)).copied().unwrap_or(b'2');
        text.push(char::from(sign));
    }
    text
}
