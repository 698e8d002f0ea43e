//! Creating, editing and removing hosts, all of them or none.

use super::{
    apply::{expiry, insert_mark},
    audit::Entry,
    discovered,
    driver::{Connection, Row, is_unique_violation},
    error::{Done, Failure},
    hosts, images,
    row::{Columns, to_i64, to_json},
    work::Work,
};
use ipxe_orch_core::{
    host::{Clash, HostSpec, Mac},
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
            vacate(work.connection, grant, put).await?;
        }
    }
    for (index, (put, entry)) in hosts.iter().enumerate() {
        // A host that stands twice is as the call before left it.
        if !is_first(index, put) {
            vacate(work.connection, grant, put).await?;
        }
        occupy(work.connection, grant, put).await?;
        work.append(entry).await?;
    }
    Ok(())
}

/// Checks what an edit or a removal expects, and frees what the host has.
async fn vacate(connection: &mut Connection, grant: &PutGrant, put: &PutHost) -> Done<()> {
    let (id, Some(generation)) = (put.id(), put.generation()) else { return Ok(()) };
    let before = hosts::by_id(connection, id).await?;
    let next = put.apply_to(grant, before.as_ref())?;
    bump(connection, id, generation).await?;
    match put {
        PutHost::Enrol { .. } => images::store(connection, &next).await?,
        PutHost::RotateImage { .. } | PutHost::RevokeImages { .. } => {
            return images::store(connection, &next).await;
        }
        _ => {}
    }
    if put.spec().is_some() {
        execute(connection, "DELETE FROM host_labels WHERE host_id = ?", id).await?;
    } else {
        // Site and labels stay: whoever saw the host's audit sees it still.
        execute(connection, "UPDATE hosts SET removed = 1 WHERE id = ?", id).await?;
    }
    execute(connection, "DELETE FROM host_macs WHERE host_id = ?", id).await?;
    execute(connection, "DELETE FROM host_addresses WHERE host_id = ?", id).await?;
    sqlx::query("UPDATE hosts SET name = ? WHERE id = ?")
        .bind(vacant(id))
        .bind(id.as_bytes().as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// The name of who has none: no host name holds a `!`.
fn vacant(id: HostId) -> String {
    format!("!{id}")
}

async fn execute(connection: &mut Connection, sql: &'static str, id: HostId) -> Done<()> {
    sqlx::query(sql).bind(id.as_bytes().as_slice()).execute(connection).await?;
    Ok(())
}

async fn bump(connection: &mut Connection, id: HostId, generation: Generation) -> Done<()> {
    let sql = "UPDATE leases SET generation = generation + 1 WHERE host_id = ? AND generation = ?";
    let done = sqlx::query(sql)
        .bind(id.as_bytes().as_slice())
        .bind(to_i64(generation.0)?)
        .execute(connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// Stores what a host is or becomes.
async fn occupy(connection: &mut Connection, grant: &PutGrant, put: &PutHost) -> Done<()> {
    let Some(spec) = put.spec() else { return Ok(()) };
    match put {
        PutHost::Create { id, spec, image_generation, image_key, mark } => {
            // Whether its id is free shows when it is inserted.
            put.apply_to(grant, None)?;
            insert_host(connection, *id, spec, *image_generation, *image_key).await?;
            insert_lease(connection, *id, mark.as_deref()).await?;
            discovered::forget(connection, *id).await?;
        }
        PutHost::Edit { id, spec, .. } | PutHost::Enrol { id, spec, .. } => {
            update_host(connection, *id, spec).await?;
        }
        _ => return Err(StoreError::Invalid("hosts cannot be put so".to_owned()).into()),
    }
    let id = put.id();
    insert_macs(connection, id, spec).await?;
    insert_addresses(connection, id, spec).await?;
    insert_labels(connection, id, spec).await
}

async fn insert_host(
    connection: &mut Connection,
    id: HostId,
    spec: &HostSpec,
    image_generation: ImageGeneration,
    image_key: Option<KeyId>,
) -> Done<()> {
    let sql = "INSERT INTO hosts (name, site, profile, uuid, serial, spec, id, image_generation, \
               image_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let inserted = bind_spec(sql, spec)?
        .bind(id.as_bytes().as_slice())
        .bind(i64::from(image_generation.0))
        .bind(image_key.as_ref().map(|key| key.as_bytes().as_slice()))
        .execute(&mut *connection)
        .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => match hosts::name(connection, id).await? {
            Some(name) if name == vacant(id) => {
                Err(StoreError::AlreadyExists(format!("id {id} was of a removed host")).into())
            }
            Some(name) => {
                let text = format!("id {id} belongs to host {name} already");
                Err(StoreError::AlreadyExists(text).into())
            }
            None => Err(taken(&Clash::Name(spec.name.clone()))),
        },
        Err(error) => Err(error.into()),
    }
}

async fn update_host(connection: &mut Connection, id: HostId, spec: &HostSpec) -> Done<()> {
    let sql = "UPDATE hosts SET name = ?, site = ?, profile = ?, uuid = ?, serial = ?, spec = ? \
               WHERE id = ?";
    match bind_spec(sql, spec)?.bind(id.as_bytes().as_slice()).execute(connection).await {
        Ok(done) if done.rows_affected() == 1 => Ok(()),
        Ok(_) => Err(StoreError::NotFound.into()),
        Err(error) if is_unique_violation(&error) => Err(taken(&Clash::Name(spec.name.clone()))),
        Err(error) => Err(error.into()),
    }
}

type Query<'q> = sqlx::query::Query<'q, super::driver::Database, super::driver::Arguments>;

fn bind_spec<'q>(sql: &'static str, spec: &HostSpec) -> Done<Query<'q>> {
    Ok(sqlx::query(sql)
        .bind(spec.name.as_str().to_owned())
        .bind(spec.site.as_ref().map(|site| site.as_str().to_owned()))
        .bind(spec.profile.as_ref().map(|profile| profile.as_str().to_owned()))
        .bind(spec.uuid.map(|uuid| uuid.as_bytes().to_vec()))
        .bind(spec.serial.as_ref().map(|serial| serial.as_str().to_owned()))
        .bind(to_json(spec)?))
}

async fn insert_lease(connection: &mut Connection, id: HostId, mark: Option<&Mark>) -> Done<()> {
    if let Some(mark) = mark {
        insert_mark(connection, id, mark).await?;
    }
    let sql = "INSERT INTO leases (host_id, generation, min_image_generation, mark_id, \
               mark_expires_at) VALUES (?, 1, 0, ?, ?)";
    sqlx::query(sql)
        .bind(id.as_bytes().as_slice())
        .bind(mark.map(|mark| mark.id.as_bytes().as_slice()))
        .bind(expiry(mark))
        .execute(connection)
        .await?;
    Ok(())
}

async fn insert_macs(connection: &mut Connection, id: HostId, spec: &HostSpec) -> Done<()> {
    let macs: BTreeMap<Mac, i64> = spec.nics.iter().map(|nic| nic.mac).zip(0..).collect();
    for (mac, position) in macs {
        let sql = "INSERT INTO host_macs (mac, host_id, position) VALUES (?, ?, ?)";
        let inserted = sqlx::query(sql)
            .bind(mac.as_bytes().as_slice())
            .bind(id.as_bytes().as_slice())
            .bind(position)
            .execute(&mut *connection)
            .await;
        let Err(error) = inserted else { continue };
        if !is_unique_violation(&error) {
            return Err(error.into());
        }
        let owner = "SELECT h.name FROM host_macs m JOIN hosts h ON h.id = m.host_id \
                     WHERE m.mac = ?";
        let row = sqlx::query(owner).bind(mac.as_bytes().as_slice()).fetch_one(connection).await?;
        return Err(taken(&Clash::Mac(mac, owner_in(&row)?)));
    }
    Ok(())
}

/// Two NICs of one host may share an address: the boot stage uses one of them.
async fn insert_addresses(connection: &mut Connection, id: HostId, spec: &HostSpec) -> Done<()> {
    let addresses: BTreeSet<IpAddr> =
        spec.nics.iter().flat_map(|nic| nic.addresses().collect::<Vec<_>>()).collect();
    let site = spec.site.as_ref().map_or("", |site| site.as_str());
    for address in addresses {
        let text = address.to_string();
        let sql = "INSERT INTO host_addresses (site, address, host_id) VALUES (?, ?, ?)";
        let inserted = sqlx::query(sql)
            .bind(site)
            .bind(&text)
            .bind(id.as_bytes().as_slice())
            .execute(&mut *connection)
            .await;
        let Err(error) = inserted else { continue };
        if !is_unique_violation(&error) {
            return Err(error.into());
        }
        let owner = "SELECT h.name FROM host_addresses a JOIN hosts h ON h.id = a.host_id \
                     WHERE a.site = ? AND a.address = ?";
        let row = sqlx::query(owner).bind(site).bind(&text).fetch_one(connection).await?;
        return Err(taken(&Clash::Address(address, spec.site.clone(), owner_in(&row)?)));
    }
    Ok(())
}

async fn insert_labels(connection: &mut Connection, id: HostId, spec: &HostSpec) -> Done<()> {
    for (key, value) in &spec.labels {
        sqlx::query("INSERT INTO host_labels (host_id, key, value) VALUES (?, ?, ?)")
            .bind(id.as_bytes().as_slice())
            .bind(key.as_str())
            .bind(value.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn owner_in(row: &Row) -> Done<HostName> {
    Columns { row, table: "hosts", key: "name" }.parse("name")
}

fn taken(clash: &Clash) -> Failure {
    StoreError::AlreadyExists(clash.to_string()).into()
}
