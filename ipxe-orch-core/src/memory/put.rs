//! Hosts are created, edited and removed, all of them or none.

use super::snapshot::Snapshot;
use crate::{
    audit::AuditEntry,
    ids::HostId,
    lease::HostRecord,
    policy::Taken,
    stores::{PutGrant, PutHost, StoreError},
};
use std::collections::{BTreeMap, BTreeSet};

/// Edited hosts first give up their names and addresses, so that hosts may exchange them.
pub(super) fn put_hosts(
    state: &mut Snapshot,
    grant: &PutGrant,
    hosts: &[(PutHost, AuditEntry)],
) -> Result<(), StoreError> {
    state.take(&Taken::sum(hosts.iter().flat_map(|(put, _)| put.taken())))?;
    let mut vacant = BTreeMap::new();
    let mut met = BTreeSet::new();
    let first: Vec<_> = hosts.iter().map(|(put, _)| met.insert(put.id())).collect();
    for ((put, _), _) in hosts.iter().zip(&first).filter(|(_, first)| **first) {
        vacate(state, &mut vacant, grant, put)?;
    }
    for ((put, entry), first) in hosts.iter().zip(first) {
        // A host that stands twice is as the call before left it.
        if !first {
            vacate(state, &mut vacant, grant, put)?;
        }
        occupy(state, &mut vacant, grant, put)?;
        state.audit.append(entry)?;
    }
    Ok(())
}

/// What hosts become that have given up their name until they get another one.
type Vacant = BTreeMap<HostId, HostRecord>;

/// Checks what an edit or a removal expects, and frees what the host has.
fn vacate(
    state: &mut Snapshot,
    vacant: &mut Vacant,
    grant: &PutGrant,
    put: &PutHost,
) -> Result<(), StoreError> {
    if matches!(put, PutHost::Create { .. }) {
        return Ok(());
    }
    let next = put.apply_to(grant, state.hosts.get(&put.id()))?;
    if put.spec().is_none() && !matches!(put, PutHost::Remove { .. }) {
        state.hosts.insert(put.id(), next);
        return Ok(());
    }
    state.hosts.remove(&put.id());
    match put {
        PutHost::Remove { .. } => state.removed.insert(put.id(), next),
        _ => vacant.insert(put.id(), next),
    };
    Ok(())
}

/// Stores what a host is or becomes.
fn occupy(
    state: &mut Snapshot,
    vacant: &mut Vacant,
    grant: &PutGrant,
    put: &PutHost,
) -> Result<(), StoreError> {
    let id = put.id();
    let host = match put {
        PutHost::Create { .. } => create(state, grant, put)?,
        PutHost::Edit { .. } | PutHost::Enrol { .. } => {
            vacant.remove(&id).ok_or(StoreError::NotFound)?
        }
        PutHost::RotateImage { .. } | PutHost::RevokeImages { .. } | PutHost::Remove { .. } => {
            return Ok(());
        }
    };
    if let Some(clash) = state.hosts.values().find_map(|other| host.spec.clash(&other.spec)) {
        return Err(StoreError::AlreadyExists(clash.to_string()));
    }
    if let PutHost::Create { mark: Some(mark), .. } = put {
        state.register(mark.id, id)?;
    }
    state.discovered.remove(&id);
    state.hosts.insert(id, host);
    Ok(())
}

/// An id is used once, whatever became of its host.
fn create(state: &Snapshot, grant: &PutGrant, put: &PutHost) -> Result<HostRecord, StoreError> {
    let id = put.id();
    let host = put.apply_to(grant, state.hosts.get(&id))?;
    if state.removed.contains_key(&id) {
        return Err(StoreError::AlreadyExists(format!("id {id} was of a removed host")));
    }
    Ok(host)
}
