//! Creating, editing and removing hosts, all of them or none.

use super::{
    apply::{expiry, insert_mark},
    audit::Entry,
    discovered,
    driver::{FaultKind, Session},
    error::{Done, Failure},
    hosts, images,
    restore::push_epoch,
    row::{Columns, Row, to_i64, to_json},
    statement::Statement,
    work::Work,
};
use ipxe_orch_core::{
    host::{Clash, HostSpec, Mac, Serial},
    ids::{Epoch, Generation, HostId, ImageGeneration, KeyId},
    lease::Mark,
    names::HostName,
    stores::{PutGrant, PutHost, StoreError},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// Edited hosts first give up their names and addresses, so that hosts may exchange them.
pub(super) async fn put_hosts(
    work: &mut Work<'_>,
    grant: &PutGrant,
    epoch: Epoch,
    hosts: &[(PutHost, Entry)],
) -> Done<()> {
    work.check_epoch(epoch)?;
    let mut first = BTreeMap::new();
    for (index, (put, _)) in hosts.iter().enumerate() {
        first.entry(put.id()).or_insert(index);
    }
    let is_first = |index, put: &PutHost| first.get(&put.id()) == Some(&index);
    for (index, (put, _)) in hosts.iter().enumerate() {
        if is_first(index, put) {
            vacate(work.session, grant, epoch, put).await?;
        }
    }
    for (index, (put, entry)) in hosts.iter().enumerate() {
        // A host that stands twice is as the call before left it.
        if !is_first(index, put) {
            vacate(work.session, grant, epoch, put).await?;
        }
        occupy(work.session, grant, epoch, put).await?;
        work.append(entry).await?;
    }
    Ok(())
}

/// Checks what an edit or a removal expects, and frees what the host has.
async fn vacate(
    session: &mut dyn Session,
    grant: &PutGrant,
    epoch: Epoch,
    put: &PutHost,
) -> Done<()> {
    let (id, Some(generation)) = (put.id(), put.generation()) else { return Ok(()) };
    let before = hosts::by_id(session, id).await?;
    let next = put.apply_to(grant, before.as_ref())?;
    bump(session, epoch, id, generation).await?;
    match put {
        PutHost::Enrol { .. } => images::store(session, &next).await?,
        PutHost::RotateImage { .. } | PutHost::RevokeImages { .. } => {
            return images::store(session, &next).await;
        }
        _ => {}
    }
    if put.spec().is_some() {
        execute(session, "DELETE FROM host_labels WHERE host_id = ?", id).await?;
    } else {
        // Site and labels stay: whoever saw the host's audit sees it still.
        execute(session, "UPDATE hosts SET removed = 1 WHERE id = ?", id).await?;
    }
    execute(session, "DELETE FROM host_macs WHERE host_id = ?", id).await?;
    execute(session, "DELETE FROM host_addresses WHERE host_id = ?", id).await?;
    let name = Statement::new("UPDATE hosts SET name = ? WHERE id = ?").bind(vacant(id)).bind(id);
    session.run(name).await?;
    Ok(())
}

/// The name of who has none: no host name holds a `!`.
fn vacant(id: HostId) -> String {
    format!("!{id}")
}

async fn execute(session: &mut dyn Session, sql: &'static str, id: HostId) -> Done<()> {
    session.run(Statement::new(sql).bind(id)).await?;
    Ok(())
}

async fn bump(
    session: &mut dyn Session,
    epoch: Epoch,
    id: HostId,
    generation: Generation,
) -> Done<()> {
    let sql = "UPDATE leases SET generation = generation + 1 WHERE host_id = ? AND generation = ?";
    let mut update = Statement::new(sql).bind(id).bind(to_i64(generation.0)?);
    push_epoch(&mut update, epoch);
    if session.run(update).await? == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// Stores what a host is or becomes.
async fn occupy(
    session: &mut dyn Session,
    grant: &PutGrant,
    epoch: Epoch,
    put: &PutHost,
) -> Done<()> {
    let Some(spec) = put.spec() else { return Ok(()) };
    match put {
        PutHost::Create { id, spec, image_generation, image_key, mark } => {
            // Whether its id is free shows when it is inserted.
            put.apply_to(grant, None)?;
            insert_host(session, *id, spec, *image_generation, *image_key).await?;
            insert_lease(session, epoch, *id, mark.as_deref()).await?;
            discovered::forget(session, *id).await?;
        }
        PutHost::Edit { id, spec, .. } | PutHost::Enrol { id, spec, .. } => {
            update_host(session, *id, spec).await?;
        }
        _ => return Err(StoreError::Invalid("hosts cannot be put so".to_owned()).into()),
    }
    let id = put.id();
    insert_macs(session, id, spec).await?;
    insert_addresses(session, id, spec).await?;
    insert_labels(session, id, spec).await
}

async fn insert_host(
    session: &mut dyn Session,
    id: HostId,
    spec: &HostSpec,
    image_generation: ImageGeneration,
    image_key: Option<KeyId>,
) -> Done<()> {
    let sql = "INSERT INTO hosts (name, site, profile, uuid, serial, spec, id, image_generation, \
               image_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let insert = bind_spec(sql, spec)?.bind(id).bind(image_generation.0).bind(image_key);
    match session.run(insert).await {
        Ok(_) => Ok(()),
        Err(fault) if fault.kind() == FaultKind::Taken => match hosts::name(session, id).await? {
            Some(name) if name == vacant(id) => {
                Err(StoreError::AlreadyExists(format!("id {id} was of a removed host")).into())
            }
            Some(name) => {
                let text = format!("id {id} belongs to host {name} already");
                Err(StoreError::AlreadyExists(text).into())
            }
            None => Err(taken(&Clash::Name(spec.name.clone()))),
        },
        Err(fault) => Err(fault.into()),
    }
}

async fn update_host(session: &mut dyn Session, id: HostId, spec: &HostSpec) -> Done<()> {
    let sql = "UPDATE hosts SET name = ?, site = ?, profile = ?, uuid = ?, serial = ?, spec = ? \
               WHERE id = ?";
    match session.run(bind_spec(sql, spec)?.bind(id)).await {
        Ok(1) => Ok(()),
        Ok(_) => Err(StoreError::NotFound.into()),
        Err(fault) if fault.kind() == FaultKind::Taken => {
            Err(taken(&Clash::Name(spec.name.clone())))
        }
        Err(fault) => Err(fault.into()),
    }
}

fn bind_spec(sql: &'static str, spec: &HostSpec) -> Done<Statement> {
    Ok(Statement::new(sql)
        .bind(&spec.name)
        .bind(spec.site.as_ref())
        .bind(spec.profile.as_ref())
        .bind(spec.uuid)
        .bind(spec.serial.as_ref().map(Serial::as_str))
        .bind(to_json(spec)?))
}

/// The last condition of a new host: that the database is still of this epoch.
async fn insert_lease(
    session: &mut dyn Session,
    epoch: Epoch,
    id: HostId,
    mark: Option<&Mark>,
) -> Done<()> {
    if let Some(mark) = mark {
        insert_mark(session, id, mark).await?;
    }
    let sql = "INSERT INTO leases (host_id, generation, min_image_generation, mark_id, \
               mark_expires_at) SELECT ?, 1, 0, ?, ?";
    let mut insert = Statement::new(sql).bind(id).bind(mark.map(|mark| mark.id)).bind(expiry(mark));
    insert.push(session.dialect().no_table()).push(" WHERE 1 = 1");
    push_epoch(&mut insert, epoch);
    if session.run(insert).await? == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

async fn insert_macs(session: &mut dyn Session, id: HostId, spec: &HostSpec) -> Done<()> {
    let macs: BTreeMap<Mac, i64> = spec.nics.iter().map(|nic| nic.mac).zip(0..).collect();
    for (mac, position) in macs {
        let sql = "INSERT INTO host_macs (mac, host_id, position) VALUES (?, ?, ?)";
        let insert = Statement::new(sql).bind(mac).bind(id).bind(position);
        let Err(fault) = session.run(insert).await else { continue };
        if fault.kind() != FaultKind::Taken {
            return Err(fault.into());
        }
        let owner = "SELECT h.name FROM host_macs m JOIN hosts h ON h.id = m.host_id \
                     WHERE m.mac = ?";
        let owner = owner_in(session.row(Statement::new(owner).bind(mac)).await?)?;
        return Err(taken(&Clash::Mac(mac, owner)));
    }
    Ok(())
}

/// Two NICs of one host may share an address: the boot stage uses one of them.
async fn insert_addresses(session: &mut dyn Session, id: HostId, spec: &HostSpec) -> Done<()> {
    let addresses: BTreeSet<IpAddr> =
        spec.nics.iter().flat_map(|nic| nic.addresses().collect::<Vec<_>>()).collect();
    let site = spec.site.as_ref().map_or("", |site| site.as_str());
    for address in addresses {
        let text = address.to_string();
        let sql = "INSERT INTO host_addresses (site, address, host_id) VALUES (?, ?, ?)";
        let insert = Statement::new(sql).bind(site).bind(text.as_str()).bind(id);
        let Err(fault) = session.run(insert).await else { continue };
        if fault.kind() != FaultKind::Taken {
            return Err(fault.into());
        }
        let owner = "SELECT h.name FROM host_addresses a JOIN hosts h ON h.id = a.host_id \
                     WHERE a.site = ? AND a.address = ?";
        let owner = session.row(Statement::new(owner).bind(site).bind(text)).await?;
        return Err(taken(&Clash::Address(address, spec.site.clone(), owner_in(owner)?)));
    }
    Ok(())
}

async fn insert_labels(session: &mut dyn Session, id: HostId, spec: &HostSpec) -> Done<()> {
    for (key, value) in &spec.labels {
        let sql = "INSERT INTO host_labels (host_id, key, value) VALUES (?, ?, ?)";
        let insert = Statement::new(sql).bind(id).bind(key.as_str()).bind(value.as_str());
        session.run(insert).await?;
    }
    Ok(())
}

fn owner_in(row: Option<Row>) -> Done<HostName> {
    let row = row.ok_or(StoreError::Conflict)?;
    Columns { row: &row, table: "hosts", key: "name" }.parse("name")
}

fn taken(clash: &Clash) -> Failure {
    StoreError::AlreadyExists(clash.to_string()).into()
}
