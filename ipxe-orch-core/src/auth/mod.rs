//! Who may do what: a proof that the compiler asks for.
//!
//! ```text
//! Subject --Authorizer::decide--> Decision --authorize()--> Granted<P> --> store call
//! ```
//! Only [`authorize`] makes a [`Granted`] for people; a machine's comes from its boot secret
//! ([`crate::boot::prove`]) or its ticket ([`crate::boot::Tickets::open`]). Every store call that
//! shows or changes something asks for one, so a forgotten check does not compile. A change of a
//! lease asks for a [`WriteGrant`], which only this crate makes.

mod access;
mod action;
mod actor;
mod grant;
mod scope;
mod write;

pub use access::{
    AccessRequest, AuthorizeError, Authorizer, Decision, OperatorAuthorizer, Resource, authorize,
};
pub use action::{
    Action, Boot, BuildImages, ChangeHosts, ManageKeys, MarkHosts, Permission, ReadAudit, Record,
    ReleaseHolds, SeeHosts,
};
pub use actor::{Actor, Origin, Subject};
pub use grant::{Grant, Granted};
pub use scope::{HostRef, Scope};
pub use write::WriteGrant;
