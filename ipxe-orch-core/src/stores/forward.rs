//! The macro by which wrappers pass calls on.

/// Implements a store trait by passing its calls on: to a field, such as `[inner]`, or to the
/// result of a method of the wrapper, such as `[opened().await?]`.
///
/// Write the methods that the wrapper changes in braces, and after `forward` the names of those
/// that it passes on. Without braces all methods are passed on. The macro has each signature once,
/// so that a new method of a trait reaches all wrappers.
///
/// ```
/// use ipxe_orch_core::{
///     auth::{Granted, Record},
///     forward_store,
///     stores::{AuditStore, BootEvent, EventStore, Store, StoreError},
/// };
/// use std::sync::Arc;
///
/// /// A store that drops boot events.
/// struct WithoutEvents {
///     inner: Arc<dyn Store>,
/// }
///
/// forward_store!(HostStore for WithoutEvents => [inner]);
/// forward_store!(LeaseStore for WithoutEvents => [inner]);
/// forward_store!(ProfileStore for WithoutEvents => [inner]);
/// forward_store!(DefaultsStore for WithoutEvents => [inner]);
/// forward_store!(PolicyStore for WithoutEvents => [inner]);
/// forward_store!(AuditStore for WithoutEvents => [inner]);
/// forward_store!(EventStore for WithoutEvents => [inner] {
///     async fn record_events(
///         &self,
///         _: &Granted<Record>,
///         _: &[BootEvent],
///     ) -> Result<(), StoreError> {
///         Ok(())
///     }
/// } forward list_events list_discovered);
///
/// fn is_a_store(store: WithoutEvents) -> Arc<dyn Store> {
///     Arc::new(store)
/// }
/// ```
#[macro_export]
macro_rules! forward_store {
    (HostStore for $type:ty => [$($inner:tt)*]) => {
        $crate::forward_store!(HostStore for $type => [$($inner)*] {}
            forward epoch check has_accepted accept lookup_host list_hosts count_hosts
            lookup_clashing put_hosts record_images);
    };
    (LeaseStore for $type:ty => [$($inner:tt)*]) => {
        $crate::forward_store!(LeaseStore for $type => [$($inner)*] {}
            forward lookup_boot lookup_attempt lookup_mark apply list_overdue list_sealed_pins
            put_sealed_pins);
    };
    (ProfileStore for $type:ty => [$($inner:tt)*]) => {
        $crate::forward_store!(ProfileStore for $type => [$($inner)*] {}
            forward put_profile current_profile lookup_profile list_profiles);
    };
    (DefaultsStore for $type:ty => [$($inner:tt)*]) => {
        $crate::forward_store!(DefaultsStore for $type => [$($inner)*] {}
            forward put_defaults list_defaults);
    };
    (PolicyStore for $type:ty => [$($inner:tt)*]) => {
        $crate::forward_store!(PolicyStore for $type => [$($inner)*] {}
            forward put_policy list_policies);
    };
    (EventStore for $type:ty => [$($inner:tt)*]) => {
        $crate::forward_store!(EventStore for $type => [$($inner)*] {}
            forward record_events list_events list_discovered);
    };
    (AuditStore for $type:ty => [$($inner:tt)*]) => {
        $crate::forward_store!(AuditStore for $type => [$($inner)*] {}
            forward append_audit head has_head read_audit checkpoints prune_audit
            list_sinks put_sink remove_sink);
    };
    ($trait:ident for $type:ty => [$($inner:tt)*] { $($own:tt)* } forward $($name:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($own)* } $($name)*);
    };

    // All methods are collected: the attribute sees a whole `impl`.
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* }) => {
        #[$crate::stores::async_trait]
        impl $crate::stores::$trait for $type {
            $($body)*
        }
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } epoch $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn epoch(&self) -> $crate::stores::Result<$crate::ids::Epoch> {
                self.$($inner)*.epoch().await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } check $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn check(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::Record>,
                at: $crate::time::Timestamp,
            ) -> $crate::stores::Result<$crate::stores::Checked> {
                self.$($inner)*.check(grant, at).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } has_accepted $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn has_accepted(
                &self,
                epoch: $crate::ids::Epoch,
            ) -> $crate::stores::Result<bool> {
                self.$($inner)*.has_accepted(epoch).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } accept $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn accept(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ManageKeys>,
                acceptance: &$crate::stores::Acceptance,
                audit: &$crate::audit::AuditEntry,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.accept(grant, acceptance, audit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } lookup_host $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn lookup_host(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                key: &$crate::stores::HostKey,
            ) -> $crate::stores::Result<Option<$crate::stores::HostRecord>> {
                self.$($inner)*.lookup_host(grant, key).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_hosts $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_hosts(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                filter: &$crate::stores::HostFilter,
            ) -> $crate::stores::Result<$crate::stores::HostPage> {
                self.$($inner)*.list_hosts(grant, filter).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } count_hosts $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn count_hosts(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
            ) -> $crate::stores::Result<::std::collections::BTreeMap<$crate::lease::HostState, u64>> {
                self.$($inner)*.count_hosts(grant).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } lookup_clashing $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn lookup_clashing(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                ids: &[$crate::ids::HostId],
                specs: &[$crate::host::HostSpec],
            ) -> $crate::stores::Result<Vec<$crate::stores::HostRecord>> {
                self.$($inner)*.lookup_clashing(grant, ids, specs).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } put_hosts $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn put_hosts(
                &self,
                grant: &$crate::stores::PutGrant,
                epoch: $crate::ids::Epoch,
                hosts: &[($crate::stores::PutHost, $crate::audit::AuditEntry)],
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.put_hosts(grant, epoch, hosts).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } record_images $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn record_images(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::BuildImages>,
                epoch: $crate::ids::Epoch,
                images: &[($crate::ids::HostId, $crate::stores::ImageBuild)],
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.record_images(grant, epoch, images).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } lookup_boot $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn lookup_boot(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::Boot>,
                host: $crate::ids::HostId,
            ) -> $crate::stores::Result<Option<$crate::stores::BootRecord>> {
                self.$($inner)*.lookup_boot(grant, host).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } lookup_attempt $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn lookup_attempt(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::Boot>,
                attempt: $crate::ids::AttemptId,
            ) -> $crate::stores::Result<Option<($crate::stores::HostRecord, $crate::lease::Attempt)>> {
                self.$($inner)*.lookup_attempt(grant, attempt).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } lookup_mark $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn lookup_mark(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::MarkHosts>,
                mark: $crate::ids::MarkId,
            ) -> $crate::stores::Result<Option<$crate::ids::HostId>> {
                self.$($inner)*.lookup_mark(grant, mark).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } apply $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn apply(
                &self,
                grant: &$crate::auth::WriteGrant,
                epoch: $crate::ids::Epoch,
                change: &$crate::lease::Change,
                audit: Option<&$crate::audit::AuditEntry>,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.apply(grant, epoch, change, audit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_overdue $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_overdue(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                filter: &$crate::stores::OverdueFilter,
            ) -> $crate::stores::Result<Vec<$crate::stores::OverdueHost>> {
                self.$($inner)*.list_overdue(grant, filter).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_sealed_pins $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_sealed_pins(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ManageKeys>,
                key: $crate::ids::KeyId,
            ) -> $crate::stores::Result<Vec<$crate::stores::SealedPin>> {
                self.$($inner)*.list_sealed_pins(grant, key).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } put_sealed_pins $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn put_sealed_pins(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ManageKeys>,
                epoch: $crate::ids::Epoch,
                pins: &[$crate::stores::SealedPin],
                audit: &$crate::audit::AuditEntry,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.put_sealed_pins(grant, epoch, pins, audit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } put_profile $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn put_profile(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ChangeHosts>,
                version: &$crate::profile::ProfileVersion,
                audit: &$crate::audit::AuditEntry,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.put_profile(grant, version, audit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } current_profile $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn current_profile(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                name: &$crate::names::ProfileName,
            ) -> $crate::stores::Result<Option<$crate::profile::ProfileVersion>> {
                self.$($inner)*.current_profile(grant, name).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } lookup_profile $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn lookup_profile(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                name: &$crate::names::ProfileName,
                version: &$crate::digest::Digest,
            ) -> $crate::stores::Result<Option<$crate::profile::ProfileVersion>> {
                self.$($inner)*.lookup_profile(grant, name, version).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_profiles $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_profiles(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
            ) -> $crate::stores::Result<Vec<$crate::profile::ProfileVersion>> {
                self.$($inner)*.list_profiles(grant).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } put_defaults $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn put_defaults(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ChangeHosts>,
                values: &$crate::profile::Defaults,
                audit: &$crate::audit::AuditEntry,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.put_defaults(grant, values, audit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_defaults $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_defaults(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                profile: Option<&$crate::names::ProfileName>,
            ) -> $crate::stores::Result<Vec<$crate::profile::Defaults>> {
                self.$($inner)*.list_defaults(grant, profile).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } put_policy $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn put_policy(
                &self,
                grant: &$crate::auth::AccessGrant,
                change: &$crate::policy::PutPolicy,
                audit: &$crate::audit::AuditEntry,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.put_policy(grant, change, audit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_policies $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_policies(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
            ) -> $crate::stores::Result<Vec<$crate::policy::PolicyRecord>> {
                self.$($inner)*.list_policies(grant).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } record_events $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn record_events(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::Record>,
                events: &[$crate::stores::BootEvent],
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.record_events(grant, events).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_events $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_events(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
                filter: &$crate::stores::EventFilter,
            ) -> $crate::stores::Result<Vec<$crate::stores::BootEvent>> {
                self.$($inner)*.list_events(grant, filter).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_discovered $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_discovered(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::SeeHosts>,
            ) -> $crate::stores::Result<Vec<$crate::stores::Discovered>> {
                self.$($inner)*.list_discovered(grant).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } append_audit $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn append_audit(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::Record>,
                entries: &[$crate::audit::AuditEntry],
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.append_audit(grant, entries).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } head $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn head(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ReadAudit>,
            ) -> $crate::stores::Result<$crate::audit::ChainHead> {
                self.$($inner)*.head(grant).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } has_head $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn has_head(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ReadAudit>,
                head: &$crate::audit::ChainHead,
            ) -> $crate::stores::Result<bool> {
                self.$($inner)*.has_head(grant, head).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } read_audit $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn read_audit(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ReadAudit>,
                after: Option<$crate::audit::ChainHead>,
                limit: u32,
            ) -> $crate::stores::Result<Vec<$crate::audit::ChainedEntry>> {
                self.$($inner)*.read_audit(grant, after, limit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } checkpoints $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn checkpoints(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ReadAudit>,
            ) -> $crate::stores::Result<Vec<$crate::audit::SealedCheckpoint>> {
                self.$($inner)*.checkpoints(grant).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } prune_audit $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn prune_audit(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ManageKeys>,
                checkpoint: &$crate::audit::SealedCheckpoint,
                audit: &$crate::audit::AuditEntry,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.prune_audit(grant, checkpoint, audit).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } list_sinks $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn list_sinks(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::ReadAudit>,
            ) -> $crate::stores::Result<Vec<$crate::audit::SinkState>> {
                self.$($inner)*.list_sinks(grant).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } put_sink $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn put_sink(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::Record>,
                state: &$crate::audit::SinkState,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.put_sink(grant, state).await
            }
        } $($rest)*);
    };
    (@with $trait:ident $type:ty, [$($inner:tt)*], { $($body:tt)* } remove_sink $($rest:ident)*) => {
        $crate::forward_store!(@with $trait $type, [$($inner)*], { $($body)*
            async fn remove_sink(
                &self,
                grant: &$crate::auth::Granted<$crate::auth::Record>,
                state: &$crate::audit::SinkState,
            ) -> $crate::stores::Result<()> {
                self.$($inner)*.remove_sink(grant, state).await
            }
        } $($rest)*);
    };
}
