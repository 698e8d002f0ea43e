//! The decision who may do what.

use super::{Action, Actor, Granted, Permission, Scope, Subject};
use crate::{
    error::StoreError,
    ids::HostId,
    names::{HostName, ProfileName, SiteName},
};
use async_trait::async_trait;

/// A request of somebody to do something.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessRequest<'a> {
    /// Who asks, with the groups of the directory.
    pub subject: &'a Subject,
    /// What is to be done.
    pub action: Action,
    /// The thing that it concerns, if the request names one thing. It may not exist.
    pub resource: Option<Resource<'a>>,
}

/// The thing that a request concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resource<'a> {
    /// A host, by its id.
    HostId(HostId),
    /// A host, by its name.
    HostName(&'a HostName),
    /// A profile.
    Profile(&'a ProfileName),
    /// The defaults of a profile, or of a profile at a site.
    Defaults(&'a ProfileName, Option<&'a SiteName>),
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

/// Decides who may do what, for example from roles. An embedder may bring its own.
///
/// Its answer is a [`Scope`]: the hosts for which the permission holds. Stores use it as a filter,
/// so an implementation needs to know neither hosts nor stores.
///
/// # Rules
/// - It is asked for each permission that a call of the orchestrator needs, before the call shows
///   or changes what the permission is for. An import that makes hosts install asks twice: for
///   [`Action::ChangeHosts`] and for [`Action::MarkHosts`].
/// - What it does not know, it denies: an [`Actor`] or [`Action`] that a later version adds, too.
///   [`Action::Boot`] and [`Action::Record`] are never asked for, because no role has them.
/// - If somebody has roles at several places, the answer is [`Scope::AnyOf`] of all scopes in which
///   one of them allows the action. An empty `AnyOf` covers no host. Answer [`Decision::Deny`]
///   instead, so that there is an audit entry.
/// - [`AccessRequest::resource`] may name a thing that does not exist, or that lies outside of the
///   scope. An implementation may ignore it: the store compares the thing with the scope anyway.
/// - The limit of a token ([`Subject::limit`]) may be ignored: [`authorize`] takes away what the
///   limit does not leave.
/// - An error grants nothing. Return an error, not [`Decision::Deny`], if the roles cannot be read:
///   a denial would be in the audit as if the person had no permission.
/// - It changes nothing. A call may be dropped in the middle.
/// - It writes no audit entry. The orchestrator writes one for each denial.
///
/// # Example
/// ```
/// use ipxe_orch_core::{
///     auth::{AccessRequest, Action, Authorizer, Decision, Scope},
///     stores::StoreError,
/// };
///
/// /// Everybody may see all hosts, and nobody may do anything else.
/// struct ReadOnly;
///
/// #[async_trait::async_trait]
/// impl Authorizer for ReadOnly {
///     async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
///         Ok(match request.action {
///             Action::SeeHosts => Decision::Allow(Scope::All),
///             _ => Decision::Deny,
///         })
///     }
/// }
/// ```
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
        /// What is to be done.
        action: Action,
    },
    /// The roles could not be read.
    #[error("the permission could not be checked")]
    Store(#[source] StoreError),
}

/// Asks `authorizer` whether `subject` may do `P`, and makes the proof if so. The limit of a token
/// holds whatever `authorizer` answers.
///
/// # Errors
/// [`AuthorizeError::Denied`] without the permission. The caller writes the audit entry.
pub async fn authorize<P: Permission>(
    authorizer: &dyn Authorizer,
    subject: &Subject,
    resource: Option<Resource<'_>>,
) -> Result<Granted<P>, AuthorizeError> {
    let request = AccessRequest { subject, action: P::ACTION, resource };
    let actor = &subject.actor;
    match authorizer.decide(&request).await.map_err(AuthorizeError::Store)? {
        Decision::Allow(scope) if subject.may_at_most(P::ACTION) => {
            Ok(Granted::new(actor.clone(), subject.within_limit(scope)))
        }
        _ => Err(AuthorizeError::Denied { actor: actor.clone(), action: P::ACTION }),
    }
}

/// The policy of a program that works on the database itself: [`Actor::Local`] may do everything,
/// and nobody else may do anything. The audit names the operator as `local:<user>`.
#[derive(Clone, Copy, Debug, Default)]
pub struct OperatorAuthorizer;

#[async_trait]
impl Authorizer for OperatorAuthorizer {
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        Ok(match request.subject.actor {
            Actor::Local { .. } => Decision::Allow(Scope::All),
            _ => Decision::Deny,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Hosts, Limit, MarkHosts};

    #[tokio::test]
    async fn only_the_operator_is_granted_anything() {
        let operator = Subject::from(Actor::Local { user: "ann".to_owned() });
        let granted = authorize::<MarkHosts>(&OperatorAuthorizer, &operator, None).await.unwrap();
        assert_eq!(granted.action(), Action::MarkHosts);
        let stranger = Subject::from(Actor::Background { task: "sweep".to_owned() });
        let denied = authorize::<MarkHosts>(&OperatorAuthorizer, &stranger, None).await;
        assert_eq!(denied.unwrap_err().to_string(), "background:sweep may not mark hosts");
    }

    /// An authorizer of an embedder may know nothing of tokens.
    #[tokio::test]
    async fn a_limit_holds_whatever_the_authorizer_answers() {
        let north = Hosts::Site("north".parse().unwrap());
        let limit = |action| Limit {
            actions: Some([action].into()),
            hosts: Some(north.clone()),
            ..Limit::default()
        };
        let operator = Subject::from(Actor::Local { user: "ann".to_owned() });
        let by_token = operator.clone().with_limit(limit(Action::MarkHosts));
        let granted = authorize::<MarkHosts>(&OperatorAuthorizer, &by_token, None).await.unwrap();
        assert_eq!(*granted.scope(), north.scope());
        let other = operator.with_limit(limit(Action::SeeHosts));
        let denied = authorize::<MarkHosts>(&OperatorAuthorizer, &other, None).await;
        assert!(matches!(denied, Err(AuthorizeError::Denied { .. })));
    }
}
