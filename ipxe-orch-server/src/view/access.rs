//! Who is signed in, and who may do what.

use super::Time;
use ipxe_orch_core::{
    access::{Account, Session, Token},
    access_control::Explained,
    auth::{Action, Binding, Group, Hosts, Limit, Person, PersonId, Principal, Role},
    ids::{BindingId, SessionId, TokenId},
    names::{AccountName, RealmName},
};
use serde::Serialize;

/// A login service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RealmView {
    pub name: RealmName,
    /// Whether it is the one of local accounts.
    pub local: bool,
}

/// A person, as the login service told of it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PersonView {
    pub id: PersonId,
    pub name: String,
    pub display_name: Option<String>,
    pub groups: Vec<Group>,
}

impl From<&Person> for PersonView {
    fn from(person: &Person) -> Self {
        let Person { id, name, display_name, groups, .. } = person.clone();
        Self { id, name, display_name, groups }
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SignedInView {
    pub person: PersonView,
    /// The session; `None` for a token.
    pub session: Option<SessionView>,
    /// The actions that some role allows, for some hosts at least.
    pub actions: Vec<Action>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SessionView {
    pub id: SessionId,
    pub created_at: Time,
    /// The last use, to the minute.
    pub seen_at: Time,
    pub expires_at: Time,
    pub origin: String,
    pub agent: Option<String>,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id,
            created_at: Time(session.created_at),
            seen_at: Time(session.seen_at),
            expires_at: Time(session.expires_at),
            origin: session.origin.0.clone(),
            agent: session.agent.clone(),
        }
    }
}

/// A token, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TokenView {
    pub id: TokenId,
    pub name: String,
    pub owner: PersonId,
    pub limit: Limit,
    pub created_at: Time,
    pub expires_at: Time,
    /// The last use, to the minute.
    pub used_at: Option<Time>,
}

impl From<&Token> for TokenView {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id,
            name: token.name.clone(),
            owner: token.owner.id.clone(),
            limit: token.limit.clone(),
            created_at: Time(token.created_at),
            expires_at: Time(token.expires_at),
            used_at: token.used_at.map(Time),
        }
    }
}

/// A token that was made just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NewTokenView {
    #[serde(flatten)]
    pub token: TokenView,
    /// What the program shows. It is never shown again.
    pub secret: String,
}

/// A local account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AccountView {
    pub id: PersonId,
    pub name: AccountName,
    pub display_name: Option<String>,
    pub disabled: bool,
    /// Whether the password must be changed before the next login.
    pub must_change: bool,
    pub created_at: Time,
    pub password_at: Time,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            name: account.name.clone(),
            display_name: account.display_name.clone(),
            disabled: account.disabled,
            must_change: account.must_change,
            created_at: Time(account.created_at),
            password_at: Time(account.password_at),
        }
    }
}

/// An account with a one-time password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OneTimeView {
    pub name: AccountName,
    /// It must be changed at the first login, and is never shown again.
    pub password: String,
}

/// Who has which role for which hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct BindingView {
    pub id: BindingId,
    pub who: Principal,
    pub role: Role,
    pub hosts: Hosts,
    pub expires_at: Option<Time>,
}

impl From<&Binding> for BindingView {
    fn from(binding: &Binding) -> Self {
        Self {
            id: binding.id,
            who: binding.who.clone(),
            role: binding.role,
            hosts: binding.hosts.clone(),
            expires_at: binding.expires_at.map(Time),
        }
    }
}

/// Why somebody may do something, or may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ExplainedView {
    pub person: PersonId,
    pub action: Action,
    /// Whether it is allowed, for some hosts at least.
    pub allowed: bool,
    /// The bindings that allow it, each for its hosts.
    pub by: Vec<BindingView>,
    /// The other bindings of the person.
    pub others: Vec<BindingView>,
}

impl ExplainedView {
    /// What was explained of `person`.
    pub fn new(person: PersonId, action: Action, explained: &Explained) -> Self {
        let views = |bindings: &[Binding]| bindings.iter().map(BindingView::from).collect();
        let (by, others) = (views(&explained.granting), views(&explained.others));
        Self { person, action, allowed: explained.scope.is_some(), by, others }
    }
}
