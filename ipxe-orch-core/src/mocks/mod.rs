//! Mocks whose every call a test prescribes, made with `mockall` (feature `mocks`).
//!
//! A mock fails the test at a call that was not prescribed, and when it is dropped without a call
//! that was. For parts that work, take those of [`crate::memory`]; for parts that fail, those of
//! `fakes` (feature `fakes`).
//!
//! ```
//! use ipxe_orch_core::{
//!     auth::{Action, Authorizer, Decision, MarkHosts, Person, Scope, Subject, authorize},
//!     mocks::MockAuthorizer,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut authorizer = MockAuthorizer::new();
//! authorizer
//!     .expect_decide()
//!     .withf(|request| request.action == Action::MarkHosts)
//!     .once()
//!     .returning(|_| Ok(Decision::Allow(Scope::Site("lab".parse().unwrap()))));
//!
//! let ann = Subject::from(&Person::new("corp/7f3c".parse()?, "ann"));
//! let granted = authorize::<MarkHosts>(&authorizer, &ann, None).await?;
//! assert_eq!(granted.scope(), &Scope::Site("lab".parse()?));
//! # Ok(()) }
//! ```

#[expect(clippy::ref_option_ref, reason = "the macro compares arguments by reference")]
mod parts;
#[expect(clippy::ref_option_ref, reason = "the macro compares arguments by reference")]
mod store;

pub use parts::{
    MockAuthorizer, MockEventSink, MockImageBuilder, MockKeyProvider, MockMediaLibrary,
    MockScriptRenderer,
};
pub use store::MockStore;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::AuditOutcome,
        auth::{Actor, Decision, Origin},
        lease::Limits,
        memory::{CountingRandom, InPlace, ManualClock},
        orchestrator::{Caller, Orchestrator, OrchestratorError, Parts},
        time::Timestamp,
    };
    use std::sync::Arc;

    /// No other part is asked: a mock fails at a call that was not prescribed.
    #[tokio::test]
    async fn who_is_denied_leaves_one_entry_and_nothing_is_read() {
        let (mut store, mut authorizer) = (MockStore::new(), MockAuthorizer::new());
        authorizer.expect_decide().once().returning(|_| Ok(Decision::Deny));
        store
            .expect_append_audit()
            .withf(|_, entries| matches!(entries, [one] if one.outcome == AuditOutcome::Denied))
            .once()
            .returning(|_, _| Ok(()));
        let parts = Parts {
            store: Arc::new(store),
            keys: Arc::new(MockKeyProvider::new()),
            renderer: Arc::new(MockScriptRenderer::new()),
            media: Arc::new(MockMediaLibrary::new()),
            authorizer: Arc::new(authorizer),
            events: Arc::new(MockEventSink::new()),
            clock: Arc::new(ManualClock::new(Timestamp::from_millis(0))),
            random: Arc::new(CountingRandom::default()),
            workers: Arc::new(InPlace),
        };
        let orchestrator = Orchestrator::new(parts, Limits::default());
        let ann = Actor::User { id: "local/ann".parse().unwrap(), name: "ann".to_owned() };
        let caller = Caller::new(ann, Origin("portal".to_owned()));
        let denied = orchestrator.profiles(&caller).await;
        assert!(matches!(denied, Err(OrchestratorError::Denied(_))), "{denied:?}");
    }
}
