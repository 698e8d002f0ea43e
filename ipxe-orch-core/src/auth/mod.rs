//! Who may do what. The proof is a value of a Rust type, so the compiler finds a forgotten check.
//!
//! ```text
//! Subject --Authorizer::decide--> Decision --authorize()--> Granted<P> --> store call
//! ```
//! Only [`authorize`] makes a [`Granted`] for people. A machine gets one by its boot secret
//! ([`crate::boot::prove`]) or by its ticket ([`crate::boot::Tickets::open`]). Every store call
//! that shows or changes something takes one, so a forgotten check does not compile. A change of a
//! lease takes a [`WriteGrant`], and accounts, bindings, sessions and tokens take an
//! [`AccessGrant`], which only this crate makes.
//!
//! # What does not compile
//! Reading a store without a grant:
//!
//! ```compile_fail,E0061
//! # use ipxe_orch_core::{auth::{Granted, SeeHosts}, stores::{HostKey, HostRecord, Result, Store, prelude::*}};
//! async fn read(store: &dyn Store, key: &HostKey) -> Result<Option<HostRecord>> {
//!     store.lookup_host(key).await
//! }
//! ```
//! With the grant it does:
//!
//! ```
//! # use ipxe_orch_core::{auth::{Granted, SeeHosts}, stores::{HostKey, HostRecord, Result, Store, prelude::*}};
//! async fn read(
//!     store: &dyn Store,
//!     see: &Granted<SeeHosts>,
//!     key: &HostKey,
//! ) -> Result<Option<HostRecord>> {
//!     store.lookup_host(see, key).await
//! }
//! ```
//! Using the grant of one action for another action:
//!
//! ```compile_fail,E0308
//! # use ipxe_orch_core::{audit::AuditEntry, auth::{Granted, SeeHosts}, profile::Defaults};
//! # use ipxe_orch_core::stores::{Result, Store, prelude::*};
//! async fn change(
//!     store: &dyn Store,
//!     see: &Granted<SeeHosts>,
//!     values: &Defaults,
//!     entry: &AuditEntry,
//! ) -> Result<()> {
//!     store.put_defaults(see, values, entry).await // asks for `Granted<ChangeHosts>`
//! }
//! ```
//! Making a grant outside of this crate, with its constructors or its fields:
//!
//! ```compile_fail,E0624
//! # use ipxe_orch_core::auth::{Actor, Granted, Scope, SeeHosts};
//! fn forge(actor: Actor) -> Granted<SeeHosts> {
//!     Granted::<SeeHosts>::new(actor, Scope::All)
//! }
//! ```
//!
//! ```compile_fail,E0624
//! # use ipxe_orch_core::auth::{Granted, Record};
//! fn forge() -> Granted<Record> {
//!     Granted::<Record>::background("me")
//! }
//! ```
//!
//! ```compile_fail,E0451
//! # use ipxe_orch_core::auth::{Actor, Scope, WriteGrant};
//! fn forge(actor: Actor) -> WriteGrant {
//!     WriteGrant { actor, scope: Scope::All }
//! }
//! ```
//! Making the proof for leases outside of this crate, or from a permission that changes no lease:
//!
//! ```compile_fail,E0624
//! # use ipxe_orch_core::auth::{Granted, MarkHosts, WriteGrant};
//! fn write(mark: &Granted<MarkHosts>) -> WriteGrant {
//!     mark.write()
//! }
//! ```
//!
//! ```compile_fail,E0599
//! # use ipxe_orch_core::auth::{Granted, SeeHosts};
//! fn write(see: &Granted<SeeHosts>) {
//!     see.write();
//! }
//! ```
//! Making the proof for accounts, bindings, sessions and tokens outside of this crate:
//!
//! ```compile_fail,E0451
//! # use ipxe_orch_core::auth::{AccessGrant, Actor};
//! fn forge(actor: Actor) -> AccessGrant {
//!     AccessGrant { actor, person: None }
//! }
//! ```
//!
//! ```compile_fail,E0624
//! # use ipxe_orch_core::auth::AccessGrant;
//! fn forge() -> AccessGrant {
//!     AccessGrant::service()
//! }
//! ```
//!
//! ```compile_fail,E0624
//! # use ipxe_orch_core::auth::{AccessGrant, Actor, PersonId};
//! fn forge(actor: Actor, victim: &PersonId) -> AccessGrant {
//!     AccessGrant::own(victim, actor)
//! }
//! ```
//!
//! ```compile_fail,E0624
//! # use ipxe_orch_core::{auth::{AccessGrant, Granted, ManageAccess}, stores::Result};
//! fn manage(granted: &Granted<ManageAccess>) -> Result<AccessGrant> {
//!     granted.access()
//! }
//! ```
//! Ending the sessions of people with a grant for something else:
//!
//! ```compile_fail,E0308
//! # use ipxe_orch_core::{access::EndSessions, auth::{Granted, SeeHosts}};
//! # use ipxe_orch_core::stores::{AccessStore, Result, prelude::*};
//! async fn end(store: &dyn AccessStore, see: &Granted<SeeHosts>, which: &EndSessions) -> Result<u64> {
//!     store.end_sessions(see, which, None).await
//! }
//! ```
//! Taking the store out of an orchestrator, to work around all of this:
//!
//! ```compile_fail,E0616
//! # use ipxe_orch_core::{orchestrator::Orchestrator, stores::Store};
//! # use std::sync::Arc;
//! fn store(orchestrator: &Orchestrator) -> Arc<dyn Store> {
//!     orchestrator.parts.store.clone()
//! }
//! ```
//!
//! ```compile_fail,E0599
//! # use ipxe_orch_core::orchestrator::Orchestrator;
//! fn store(orchestrator: &Orchestrator) {
//!     orchestrator.store();
//! }
//! ```

mod access;
mod access_grant;
mod action;
mod actor;
mod authenticate;
mod binding;
mod caller;
mod grant;
mod limit;
mod person;
mod role;
mod scope;
mod write;

pub use access::{
    AccessRequest, AuthorizeError, Authorizer, Decision, OperatorAuthorizer, Resource, authorize,
};
pub use access_grant::AccessGrant;
pub use action::{
    Action, ApproveMarks, Boot, BuildImages, ChangeHosts, ManageAccess, ManageKeys, MarkHosts,
    Permission, ReadAudit, Record, ReleaseHolds, SeeHosts, SeeMetrics,
};
pub use actor::{Actor, Origin, Subject};
pub use authenticate::{Authenticator, InvalidPassword, Password, Refusal, SignInError};
pub use binding::{Binding, Hosts, Principal, decide, granting};
pub use caller::Caller;
pub use grant::{Grant, Granted};
pub use limit::Limit;
pub use person::{Group, GroupId, InvalidPrincipal, Person, PersonId};
pub use role::{Role, UnknownRole};
pub use scope::{HostRef, Scope};
pub use write::WriteGrant;
