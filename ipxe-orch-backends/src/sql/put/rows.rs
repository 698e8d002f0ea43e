//! Writes what a call makes of its hosts.
//!
//! The first write of a host that there is compares the generation that was seen. What another
//! server has taken since it was read, the keys of the tables refuse.

use super::{
    super::{
        apply::expiry,
        boot::{self, boot_columns},
        driver::Session,
        error::Done,
        images,
        row::{to_i64, to_json},
        statement::{Bind as _, MANY, Statement, Value},
    },
    owners::site_column,
    plan::{After, Plan},
};
use ipxe_orch_core::{
    host::{HostSpec, Mac, Nic, Serial},
    ids::HostId,
    lease::Mark,
    stores::{HostRecord, StoreError},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

pub(super) async fn write(session: &mut dyn Session, plan: &Plan) -> Done<()> {
    let (mut known, mut new) = (Vec::new(), Vec::new());
    for (id, after) in &plan.after {
        match plan.before.get(id) {
            Some(before) => known.push((before, after)),
            None => new.push(after),
        }
    }
    for (before, after) in &known {
        compare(session, before, after).await?;
    }
    vacate(session, &known).await?;
    for (_, after) in &known {
        update(session, after).await?;
    }
    insert_hosts(session, &new).await?;
    insert_marks(session, &new).await?;
    insert_leases(session, &new).await?;
    forget_discovered(session, &new).await?;
    let edited: Vec<_> = plan.after.values().filter(|after| after.edited).collect();
    insert_what_they_have(session, &edited).await
}

/// The compare-and-set.
async fn compare(session: &mut dyn Session, before: &HostRecord, after: &After) -> Done<()> {
    const SQL: &str = concat!(
        "UPDATE leases SET ",
        boot_columns!(" = ?, "),
        "generation = ?, min_image_generation = ?, state = ? WHERE host_id = ? AND generation = ?"
    );
    let boot = boot::columns(&after.host, after.removed)?;
    let update = boot.into_iter().fold(Statement::new(SQL), Statement::bind);
    let update = update
        .bind(to_i64(after.host.lease.generation.0)?)
        .bind(after.host.lease.min_image_generation.0)
        .bind(state(after))
        .bind(before.id)
        .bind(to_i64(before.lease.generation.0)?);
    if session.run(update).await? == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// For lists; a removed host has none.
fn state(after: &After) -> Option<&'static str> {
    (!after.removed).then(|| after.host.lease.state().as_str())
}

/// Frees the names and addresses of the hosts that get others, or none.
async fn vacate(session: &mut dyn Session, known: &[(&HostRecord, &After)]) -> Done<()> {
    let ids = |wanted: fn(&After) -> bool| -> Vec<HostId> {
        known.iter().filter(|(_, after)| wanted(after)).map(|(before, _)| before.id).collect()
    };
    let freed = ids(|after| after.edited || after.removed);
    run_for(session, "DELETE FROM host_macs WHERE host_id IN ", &freed).await?;
    run_for(session, "DELETE FROM host_addresses WHERE host_id IN ", &freed).await?;
    run_for(session, "DELETE FROM host_labels WHERE host_id IN ", &ids(|after| after.edited))
        .await?;
    // A removed host keeps its labels, and stands in no list.
    let removed = ids(|after| after.removed);
    run_for(session, "UPDATE host_labels SET name = NULL WHERE host_id IN ", &removed).await?;
    for (before, after) in known {
        if after.removed || before.spec.name != after.host.spec.name {
            let name = Statement::new("UPDATE hosts SET name = ? WHERE id = ?");
            session.run(name.bind(vacant(before.id)).bind(before.id)).await?;
        }
    }
    Ok(())
}

/// The name of who has none: no host name holds a `!`.
fn vacant(id: HostId) -> String {
    format!("!{id}")
}

async fn run_for(session: &mut dyn Session, sql: &'static str, ids: &[HostId]) -> Done<()> {
    for ids in ids.chunks(MANY) {
        let mut statement = Statement::new(sql).once();
        statement.push_list(ids.iter().copied());
        session.run(statement).await?;
    }
    Ok(())
}

/// Stores what becomes of a host that there is. Site and labels of a removed one stay: whoever saw
/// its audit sees it still.
async fn update(session: &mut dyn Session, after: &After) -> Done<()> {
    let host = &after.host;
    if after.edited {
        let sql = "UPDATE hosts SET name = ?, site = ?, profile = ?, uuid = ?, serial = ?, \
                   spec = ? WHERE id = ?";
        let mut update = Statement::new(sql).bind(name(after));
        for value in columns(&host.spec)? {
            update = update.bind(value);
        }
        session.run(update.bind(host.id)).await?;
    }
    if after.images {
        images::store(session, host).await?;
    }
    if after.removed {
        let removed = Statement::new("UPDATE hosts SET removed = 1 WHERE id = ?");
        session.run(removed.bind(host.id)).await?;
    }
    Ok(())
}

fn name(after: &After) -> String {
    if after.removed { vacant(after.host.id) } else { after.host.spec.name.as_str().to_owned() }
}

/// What is stored of a specification beside its name.
fn columns(spec: &HostSpec) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        spec.site.as_ref().into_value(),
        spec.profile.as_ref().into_value(),
        spec.uuid.into_value(),
        spec.serial.as_ref().map(Serial::as_str).into_value(),
        to_json(spec)?.into_value(),
    ])
}

async fn insert_hosts(session: &mut dyn Session, new: &[&After]) -> Done<()> {
    const SQL: &str = "INSERT INTO hosts (id, name, removed, image_generation, image_key, \
        earlier_images, site, profile, uuid, serial, spec)";
    let row = |after: &&After| {
        let host = &after.host;
        let mut row = vec![
            host.id.into_value(),
            name(after).into_value(),
            after.removed.into_value(),
            host.image_generation.0.into_value(),
            host.image_key.into_value(),
            images::earlier(host)?.into_value(),
        ];
        row.extend(columns(&host.spec)?);
        Ok(row)
    };
    insert(session, SQL, new.iter().map(row).collect::<Result<_, StoreError>>()?).await
}

fn mark(after: &After) -> Option<&Mark> {
    after.host.lease.mark.as_ref()
}

async fn insert_marks(session: &mut dyn Session, new: &[&After]) -> Done<()> {
    let marks = new.iter().filter_map(|after| Some((after.host.id, mark(after)?)));
    let row = |(host, mark): (HostId, &Mark)| {
        Ok(vec![mark.id.into_value(), host.into_value(), to_json(mark)?.into_value()])
    };
    let marks = marks.map(row).collect::<Result<_, StoreError>>()?;
    insert(session, "INSERT INTO marks (id, host_id, mark)", marks).await
}

async fn insert_leases(session: &mut dyn Session, new: &[&After]) -> Done<()> {
    const SQL: &str = concat!(
        "INSERT INTO leases (",
        boot_columns!(", "),
        "host_id, generation, min_image_generation, mark_id, mark_expires_at, state)"
    );
    let row = |after: &&After| {
        let (host, mark) = (&after.host, mark(after));
        let mut row = boot::columns(host, after.removed)?;
        row.extend([
            host.id.into_value(),
            to_i64(host.lease.generation.0)?.into_value(),
            host.lease.min_image_generation.0.into_value(),
            mark.map(|mark| mark.id).into_value(),
            expiry(mark).into_value(),
            state(after).into_value(),
        ]);
        Ok(row)
    };
    insert(session, SQL, new.iter().map(row).collect::<Result<_, StoreError>>()?).await
}

/// A host that is registered is no longer discovered.
async fn forget_discovered(session: &mut dyn Session, new: &[&After]) -> Done<()> {
    let ids: Vec<HostId> = new.iter().map(|after| after.host.id).collect();
    run_for(session, "DELETE FROM discovered WHERE host_id IN ", &ids).await
}

/// MAC addresses, addresses and labels. A removed host keeps its labels alone.
async fn insert_what_they_have(session: &mut dyn Session, edited: &[&After]) -> Done<()> {
    let (mut macs, mut addresses, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for after in edited {
        let (id, spec) = (after.host.id, &after.host.spec);
        for (key, value) in &spec.labels {
            let (key, value) = (key.as_str().into_value(), value.as_str().into_value());
            let name = (!after.removed).then(|| spec.name.as_str());
            labels.push(vec![id.into_value(), key, value, name.into_value()]);
        }
        if after.removed {
            continue;
        }
        // Two NICs of one host may share an address: the boot stage uses one of them.
        let own: BTreeMap<Mac, i64> = spec.nics.iter().map(|nic| nic.mac).zip(0..).collect();
        macs.extend(
            own.into_iter().map(|(mac, position)| {
                vec![mac.into_value(), id.into_value(), position.into_value()]
            }),
        );
        let site = site_column(spec.site.as_ref());
        let own: BTreeSet<IpAddr> = spec.nics.iter().flat_map(Nic::addresses).collect();
        addresses.extend(own.into_iter().map(|address| {
            vec![site.into_value(), address.to_string().into_value(), id.into_value()]
        }));
    }
    insert(session, "INSERT INTO host_macs (mac, host_id, position)", macs).await?;
    insert(session, "INSERT INTO host_addresses (site, address, host_id)", addresses).await?;
    insert(session, "INSERT INTO host_labels (host_id, \"key\", value, name)", labels).await
}

/// Many rows with each statement.
async fn insert(session: &mut dyn Session, sql: &'static str, rows: Vec<Vec<Value>>) -> Done<()> {
    for insert in Statement::inserts(sql, rows) {
        session.run(insert).await?;
    }
    Ok(())
}
