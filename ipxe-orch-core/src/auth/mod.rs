//! Who may do what: a proof that the compiler asks for.
//!
//! ```text
//! Actor --Authorizer::decide--> Decision --authorize()--> Granted<P> --> store call
//! ```
//! Only [`authorize`] makes a [`Granted`] for people; a machine's comes from its boot secret
//! ([`crate::boot::prove`]) or ticket ([`crate::boot::Tickets::open`]). A store call that changes
//! or shows something asks for one, so a forgotten check does not compile.

mod action;
mod actor;
mod grant;

pub use action::{
    Action, Boot, BuildImages, ChangeHosts, ManageKeys, MarkHosts, Permission, ReadAudit,
    ReleaseHolds, SeeHosts,
};
pub use actor::{Actor, Origin};
pub use grant::{Grant, Granted, Scope};

use crate::stores::StoreError;
use async_trait::async_trait;

/// What somebody asks to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessRequest<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// To do what.
    pub action: Action,
}

/// The answer to an [`AccessRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Allowed, for the hosts in this scope.
    Allow(Scope),
    /// Not allowed.
    Deny,
}

/// Decides from roles and bindings; third parties may bring their own.
#[async_trait]
pub trait Authorizer: Send + Sync {
    /// Decides one request.
    ///
    /// # Errors
    /// [`StoreError`] if the roles or bindings could not be read; nothing is granted then.
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError>;
}

/// Why there is no grant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// The actor lacks the permission.
    #[error("{actor} may not {action}")]
    Denied {
        /// Who asked.
        actor: Actor,
        /// To do what.
        action: Action,
    },
    /// Nobody could decide.
    #[error("the permission could not be checked")]
    Store(#[source] StoreError),
}

/// Asks `authorizer` whether `actor` may do `P`, and makes the proof if so.
///
/// # Errors
/// [`AuthorizeError::Denied`] without the permission; the caller audits it.
pub async fn authorize<P: Permission>(
    authorizer: &dyn Authorizer,
    actor: &Actor,
) -> Result<Granted<P>, AuthorizeError> {
    let request = AccessRequest { actor, action: P::ACTION };
    match authorizer.decide(&request).await.map_err(AuthorizeError::Store)? {
        Decision::Allow(scope) => Ok(Granted::new(actor.clone(), scope)),
        Decision::Deny => Err(AuthorizeError::Denied { actor: actor.clone(), action: P::ACTION }),
    }
}

/// The policy of a program that works on the database itself: its operator may do everything,
/// nobody else anything. What the operator does is audited as `local:<user>`.
#[derive(Clone, Copy, Debug, Default)]
pub struct OperatorAuthorizer;

#[async_trait]
impl Authorizer for OperatorAuthorizer {
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        Ok(match request.actor {
            Actor::Local { .. } => Decision::Allow(Scope::All),
            _ => Decision::Deny,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_operator_is_granted_anything() {
        let operator = Actor::Local { user: "ann".to_owned() };
        let granted = authorize::<MarkHosts>(&OperatorAuthorizer, &operator).await.unwrap();
        assert_eq!(granted.action(), Action::MarkHosts);
        let stranger = Actor::Background { task: "sweep".to_owned() };
        let error = authorize::<MarkHosts>(&OperatorAuthorizer, &stranger).await.unwrap_err();
        assert_eq!(error.to_string(), "background:sweep may not mark hosts");
    }
}
