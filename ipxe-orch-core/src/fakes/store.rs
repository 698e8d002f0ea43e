//! A store that does nothing.

use crate::{
    error::StoreError,
    forward_store,
    ids::{ChainId, Epoch},
    memory::MemoryStore,
};

/// A store whose every call fails in one way.
#[derive(Debug)]
pub struct BrokenStore {
    kind: Kind,
    /// Never reached.
    inner: MemoryStore,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Fails,
    Hangs,
    Panics,
}

impl BrokenStore {
    /// Every call gives [`StoreError::Unavailable`], whose source has the text
    /// `db.internal: password rejected`: it must not reach a machine or a browser.
    pub const fn failing() -> Self {
        Self::new(Kind::Fails)
    }

    /// No call ever ends.
    pub const fn hanging() -> Self {
        Self::new(Kind::Hangs)
    }

    /// Every call panics, as one with a bug does.
    pub const fn panicking() -> Self {
        Self::new(Kind::Panics)
    }

    const fn new(kind: Kind) -> Self {
        let (epoch, chain) = (Epoch::from_bytes([0; 16]), ChainId::from_bytes([0; 16]));
        Self { kind, inner: MemoryStore::new(epoch, chain) }
    }

    #[expect(clippy::panic, reason = "this is what it is for")]
    async fn broken(&self) -> Result<&MemoryStore, StoreError> {
        match self.kind {
            Kind::Fails => Err(StoreError::Unavailable("db.internal: password rejected".into())),
            Kind::Hangs => {
                std::future::pending::<()>().await;
                Ok(&self.inner)
            }
            Kind::Panics => panic!("a bug in the store"),
        }
    }
}

forward_store!(HostStore for BrokenStore => [broken().await?]);
forward_store!(LeaseStore for BrokenStore => [broken().await?]);
forward_store!(ProfileStore for BrokenStore => [broken().await?]);
forward_store!(DefaultsStore for BrokenStore => [broken().await?]);
forward_store!(PolicyStore for BrokenStore => [broken().await?]);
forward_store!(EventStore for BrokenStore => [broken().await?]);
forward_store!(AuditStore for BrokenStore => [broken().await?]);
