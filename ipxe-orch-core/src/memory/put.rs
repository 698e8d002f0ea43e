//! Hosts are created, edited and removed, all of them or none.

use super::store::State;
use crate::{
    audit::AuditEntry,
    auth::Grant,
    host::{HostSpec, Mac, Nic},
    ids::{Generation, HostId},
    lease::{Attempt, Lease},
    names::SiteName,
    stores::{HostRecord, PutHost, StoreError},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// Edited hosts first give up their names and addresses, so that hosts may exchange them.
pub(super) fn put_hosts(
    state: &mut State,
    grant: &Grant,
    hosts: &[(PutHost, AuditEntry)],
) -> Result<(), StoreError> {
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

/// Hosts that have given up their name until they get another one.
type Vacant = BTreeMap<HostId, HostRecord>;

/// Checks what an edit or a removal expects, and frees what the host has.
fn vacate(
    state: &mut State,
    vacant: &mut Vacant,
    grant: &Grant,
    put: &PutHost,
) -> Result<(), StoreError> {
    let (PutHost::Edit { id, generation, .. } | PutHost::Remove { id, generation }) = put else {
        return Ok(());
    };
    let host = state.hosts.get(id).ok_or(StoreError::NotFound)?;
    grant.check(host)?;
    if let Some(spec) = put.spec() {
        // Nobody moves a host to where it is out of reach.
        grant.check(&HostRecord { spec: spec.clone(), ..host.clone() })?;
    } else if host.lease.mark.is_some() || host.lease.attempt.as_ref().is_some_and(Attempt::is_open)
    {
        return Err(StoreError::Conflict);
    }
    if host.lease.generation != *generation {
        return Err(StoreError::Conflict);
    }
    let Some(mut host) = state.hosts.remove(id) else { return Err(StoreError::NotFound) };
    host.lease.generation = generation.next();
    match put {
        PutHost::Remove { .. } => state.removed.insert(*id, host),
        _ => vacant.insert(*id, host),
    };
    Ok(())
}

/// Stores what a host is or becomes.
fn occupy(
    state: &mut State,
    vacant: &mut Vacant,
    grant: &Grant,
    put: &PutHost,
) -> Result<(), StoreError> {
    let host = match put {
        PutHost::Create { id, spec, image_generation, image_key, mark } => {
            let mark = mark.as_deref().cloned();
            let lease = Lease { generation: Generation(1), mark, ..Lease::default() };
            let (id, spec) = (*id, spec.clone());
            let (image_generation, image_key) = (*image_generation, *image_key);
            let host = HostRecord { id, spec, image_generation, image_key, lease };
            grant.check(&host)?;
            unused(state, vacant, id)?;
            host
        }
        PutHost::Edit { id, spec, .. } => {
            let before = vacant.remove(id).ok_or(StoreError::NotFound)?;
            HostRecord { spec: spec.clone(), ..before }
        }
        PutHost::Remove { .. } => return Ok(()),
    };
    if let Some(taken) = state.hosts.values().find_map(|other| clash(&host.spec, other)) {
        return Err(StoreError::AlreadyExists(taken));
    }
    if let PutHost::Create { mark: Some(mark), .. } = put {
        state.register(mark.id, host.id)?;
    }
    state.discovered.remove(&host.id);
    state.hosts.insert(host.id, host);
    Ok(())
}

/// An id is used once, whatever became of its host.
fn unused(state: &State, vacant: &Vacant, id: HostId) -> Result<(), StoreError> {
    if state.removed.contains_key(&id) {
        return Err(StoreError::AlreadyExists(format!("id {id} was of a removed host")));
    }
    match state.hosts.get(&id).or_else(|| vacant.get(&id)) {
        Some(HostRecord { spec, .. }) => {
            let text = format!("id {id} belongs to host {} already", spec.name);
            Err(StoreError::AlreadyExists(text))
        }
        None => Ok(()),
    }
}

/// What of `spec` the other host has already.
fn clash(spec: &HostSpec, other: &HostRecord) -> Option<String> {
    let name = &other.spec.name;
    if spec.name == *name {
        return Some(format!("there is a host {name} already"));
    }
    let mac = |mac: &Mac| other.spec.nics.iter().any(|nic| nic.mac == *mac);
    if let Some(nic) = spec.nics.iter().find(|nic| mac(&nic.mac)) {
        return Some(format!("MAC {} belongs to host {name} already", nic.mac));
    }
    if spec.site != other.spec.site {
        return None;
    }
    let address = |a: &IpAddr| other.spec.nics.iter().flat_map(Nic::addresses).any(|o| o == *a);
    let own = spec.nics.iter().flat_map(Nic::addresses).find(address)?;
    let site = |site: &SiteName| format!(" in site {site}");
    let within = spec.site.as_ref().map(site).unwrap_or_default();
    Some(format!("address {own}{within} belongs to host {name} already"))
}
