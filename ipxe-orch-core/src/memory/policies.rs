//! Policies, and what was armed under their limits.

use super::{MemoryStore, snapshot::Snapshot};
use crate::{
    audit::AuditEntry,
    auth::{AccessGrant, Granted, SeeHosts},
    error::StoreError,
    policy::{PolicyRecord, PutPolicy, Taken},
    stores::PolicyStore,
};
use async_trait::async_trait;

impl Snapshot {
    fn put_policy(&mut self, change: &PutPolicy) -> Result<(), StoreError> {
        let name = change.name();
        match change.apply_to(self.policies.get(name))? {
            Some(record) => self.policies.insert(name.clone(), record),
            None => self.policies.remove(name),
        };
        Ok(())
    }

    pub(super) fn take(&mut self, taken: &[Taken]) -> Result<(), StoreError> {
        for taken in taken {
            let record = self.policies.get_mut(&taken.count.policy);
            let meter = taken.from(record.as_ref().map(|record| &record.meter))?;
            if let Some(record) = record {
                record.meter = meter;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl PolicyStore for MemoryStore {
    async fn put_policy(
        &self,
        grant: &AccessGrant,
        change: &PutPolicy,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        self.transaction(|state| {
            state.put_policy(change)?;
            state.audit.append(audit)
        })
    }

    async fn list_policies(&self, _: &Granted<SeeHosts>) -> Result<Vec<PolicyRecord>, StoreError> {
        Ok(self.state().policies.values().cloned().collect())
    }
}
