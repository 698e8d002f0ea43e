//! The traits behind which hosts, leases, profiles, defaults, events and the audit are kept.
//!
//! # How to write a backend
//! 1. Implement [`HostStore`], [`LeaseStore`], [`ProfileStore`], [`DefaultsStore`], [`PolicyStore`],
//!    [`EventStore`] and [`AuditStore`] with [`macro@async_trait`]. A type that has all of them is a
//!    [`Store`].
//! 2. Use the shared logic of the table below. It is pure, and it decides everything that does not
//!    need the other rows of the database.
//! 3. Run [`crate::store_suite!`] against the real database, with `reopen`, until each promise
//!    holds; then [`crate::conformance_suite!`]. A backend is finished when it passes.
//! 4. If people are to sign in with accounts, sessions and tokens of this crate, implement
//!    [`AccountStore`], [`BindingStore`], [`SessionStore`] and [`TokenStore`] as well: the type is an
//!    [`AccessStore`] then. Run [`crate::access_suite!`].
//!
//! | for | use |
//! |---|---|
//! | what becomes of a host | [`PutHost::apply_to`]; [`HostSpec::clash`] with each other host afterwards |
//! | what becomes of a lease | [`WriteGrant::check_write`], then [`Change::wanted_attempt`] and [`Change::apply_to`] |
//! | what a boot request is compared with | [`BootRecord::of`], or a narrow row with the same |
//! | limits of policies | [`Change::taken`], or [`PutHost::taken`] and [`Taken::sum`], then [`Taken::from`] |
//! | what becomes of a policy | [`AccessGrant::check_all`], then [`PutPolicy::apply_to`] |
//! | who may see a host | [`Grant::covers`], or [`Grant::scope`] as a filter of the database |
//! | who may see an attempt | [`Grant::covers_attempt`] |
//! | who may change profiles and defaults | [`Grant::check_all`], [`Grant::check_site`] |
//! | what a list has | [`HostFilter::wants`], [`EventFilter::wants`], [`OverdueFilter::wanted`], and their `page_size` |
//! | secrets of pins | [`SealedPin::unwanted`], [`SealedPin::put_into`], [`SealedPin::PAGE`] |
//! | events of who proved nothing | [`BootEvent::is_unproved`], [`BootEvent::MAX_UNPROVED`] |
//! | discovered machines | [`Discovered::of`], [`Discovered::seen_again`], [`Discovered::MAX`] |
//! | who may see and change accounts, bindings, sessions and tokens | [`AccessGrant::check_person`], [`AccessGrant::check_all`], or [`AccessGrant::person`] as a filter of the database |
//! | what becomes of a session or token that is used | [`Session::touch`], [`Token::touch`] |
//! | how many sessions and tokens a person has | [`Session::MAX`], [`Token::MAX`] |
//! | the audit | [`ChainHead::append`] with the entry as JSON, then [`ChainHead::after`] |
//!
//! The types that a store keeps have [`serde`]'s traits: [`HostRecord`], [`Attempt`],
//! [`ProfileVersion`], [`Defaults`], [`PolicyRecord`], [`BootEvent`], [`Discovered`], [`ChainedEntry`], [`Account`],
//! [`Binding`], [`Session`] and [`Token`]. A store may keep them as JSON.
//!
//! There are two shorter ways:
//!
//! - A small program may keep a [`MemoryStore`](crate::memory::MemoryStore) and write its
//!   [`Snapshot`](crate::memory::Snapshot) to a file: `examples/json_store.rs` of the repository
//!   does.
//! - A wrapper that changes a few calls and passes on the others uses
//!   [`forward_store!`](crate::forward_store).
//!
//! # Rules that hold for all of them
//! - A write is durable when its call returns, together with its audit entries: one transaction.
//!   Nothing is kept of a write that failed, its entries neither.
//! - Comparing and writing are one step, also between programs. If many callers at the same time
//!   want what only one can have, such as a mark, a name or a MAC, exactly one gets it.
//! - Readers see a write wholly, with its audit entries, or not at all. They see no write that a
//!   crash could still undo.
//! - A call that was dropped may still write. It writes wholly or not at all.
//! - Reads see every write that was acknowledged before, by this handle or another one. Hosts,
//!   leases and heads never come from a cache or from a replica that lags behind.
//! - Lists are ordered by the bytes of names, whatever the language of the database.
//! - Every call that shows or changes something takes a proof (see [`crate::auth`]). A host
//!   outside of its scope is not there: a lookup gives `None`, a write [`StoreError::NotFound`].
//! - If a call has several faults, the store may return the error of any of them.
//! - A variant of [`PutHost`] that the store does not know is [`StoreError::Invalid`].
//! - Times come from the caller, never from the database.
//! - Fields that a newer version added to a host, mark, lease or account are ignored when they are read, and
//!   kept when they are written. The types of this crate contain them, so a store need not do
//!   anything for that.
//!
//! [`HostSpec::clash`]: crate::host::HostSpec::clash
//! [`Change::apply_to`]: crate::lease::Change::apply_to
//! [`Change::wanted_attempt`]: crate::lease::Change::wanted_attempt
//! [`WriteGrant::check_write`]: crate::auth::WriteGrant::check_write
//! [`Grant::covers`]: crate::auth::Grant::covers
//! [`Grant::covers_attempt`]: crate::auth::Grant::covers_attempt
//! [`Grant::scope`]: crate::auth::Grant::scope
//! [`Grant::check_all`]: crate::auth::Grant::check_all
//! [`Grant::check_site`]: crate::auth::Grant::check_site
//! [`AccessGrant::check_person`]: crate::auth::AccessGrant::check_person
//! [`AccessGrant::check_all`]: crate::auth::AccessGrant::check_all
//! [`AccessGrant::person`]: crate::auth::AccessGrant::person
//! [`Account`]: crate::access::Account
//! [`Binding`]: crate::auth::Binding
//! [`Session`]: crate::access::Session
//! [`Session::touch`]: crate::access::Session::touch
//! [`Session::MAX`]: crate::access::Session::MAX
//! [`Token`]: crate::access::Token
//! [`Token::touch`]: crate::access::Token::touch
//! [`Token::MAX`]: crate::access::Token::MAX
//! [`Taken::sum`]: crate::policy::Taken::sum
//! [`Taken::from`]: crate::policy::Taken::from
//! [`Change::taken`]: crate::lease::Change::taken
//! [`PolicyRecord`]: crate::policy::PolicyRecord
//! [`PutPolicy::apply_to`]: crate::policy::PutPolicy::apply_to
//! [`ChainHead::append`]: crate::audit::ChainHead::append
//! [`ChainHead::after`]: crate::audit::ChainHead::after
//! [`Attempt`]: crate::lease::Attempt
//! [`ProfileVersion`]: crate::profile::ProfileVersion
//! [`Defaults`]: crate::profile::Defaults
//! [`ChainedEntry`]: crate::audit::ChainedEntry

mod accounts;
mod audit;
mod bindings;
mod defaults;
mod discovered;
mod event;
mod events;
mod forward;
mod host;
mod hosts;
mod leases;
mod overdue;
mod policies;
mod profiles;
mod put;
mod restore;
mod sealed;
mod sessions;
mod tokens;

pub use crate::{
    error::StoreError,
    lease::{BootRecord, EarlierImage, HostRecord, ImageBuild},
};
pub use accounts::AccountStore;
pub use async_trait::async_trait;
pub use audit::AuditStore;
pub use bindings::BindingStore;
pub use defaults::DefaultsStore;
pub use discovered::Discovered;
pub use event::{BootEvent, BootEventKind, EventFilter, NamedLoader};
pub use events::EventStore;
pub use host::{HostFilter, HostKey, HostPage};
pub use hosts::HostStore;
pub use leases::LeaseStore;
pub use overdue::{OverdueFilter, OverdueHost, OverdueKey};
pub use policies::PolicyStore;
pub use profiles::ProfileStore;
pub use put::{PutGrant, PutHost};
pub use restore::{Acceptance, Checked, LastEntry};
pub use sealed::{PinOwner, SealedPin};
pub use sessions::SessionStore;
pub use tokens::TokenStore;

/// The result of a store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Hosts with their leases. Every type with both traits has this one.
pub trait InventoryStore: HostStore + LeaseStore {}

impl<T: HostStore + LeaseStore> InventoryStore for T {}

/// All traits of a backend. Every type that implements them has this one.
pub trait Store:
    InventoryStore + ProfileStore + DefaultsStore + PolicyStore + EventStore + AuditStore
{
}

impl<T> Store for T where
    T: InventoryStore + ProfileStore + DefaultsStore + PolicyStore + EventStore + AuditStore
{
}

/// Who can sign in, and who has. Every type with these traits has this one. It is no part of
/// [`Store`]: a program that knows its users already needs none of it.
pub trait AccessStore: AccountStore + BindingStore + SessionStore + TokenStore {}

impl<T: AccountStore + BindingStore + SessionStore + TokenStore> AccessStore for T {}

/// The methods of all store traits: `use ipxe_orch_core::stores::prelude::*;`.
pub mod prelude {
    pub use super::{
        AccountStore as _, AuditStore as _, BindingStore as _, DefaultsStore as _, EventStore as _,
        HostStore as _, LeaseStore as _, ProfileStore as _, SessionStore as _, TokenStore as _,
    };
}
