//! The row that decides nearly all boot requests: that of a lease, which repeats what an idle host is
//! compared with. It is read alone; what it does not tell is read from the whole host.
//!
//! The columns that repeat something hold while `idle_generation` is the lease's generation. Whoever
//! writes a lease makes its next generation, so that a program that does not know these columns
//! makes them void.

use super::{
    driver::Session,
    error::Done,
    hosts, images,
    row::{Columns, Row, to_i64},
    statement::{Bind as _, Kind, Statement, Value},
};
use ipxe_orch_core::{
    auth::{Grant, Scope},
    host::{Mac, Serial},
    ids::{Generation, HostId, ImageGeneration, ImageTag, KeyId},
    lease::Lease,
    stores::{BootRecord, HostKey, HostRecord, StoreError},
};
use std::{collections::BTreeSet, fmt::Write as _};
use uuid::Uuid;

/// The columns of [`columns`], each with what follows it.
macro_rules! boot_columns {
    ($after:literal) => {
        concat!(
            "idle_generation",
            $after,
            "name",
            $after,
            "macs",
            $after,
            "uuid",
            $after,
            "serial",
            $after,
            "image_generation",
            $after,
            "image_key",
            $after,
            "earlier_images",
            $after,
            "image_tag",
            $after
        )
    };
}
pub(super) use boot_columns;

/// What decides a boot request, if the grant is for the host.
pub(super) async fn lookup(
    session: &mut dyn Session,
    grant: &Grant,
    id: HostId,
) -> Done<Option<BootRecord>> {
    const SQL: &str = concat!(
        "SELECT ",
        boot_columns!(", "),
        "host_id, generation, min_image_generation FROM leases WHERE host_id = ?"
    );
    if *grant.scope() == Scope::Host(id) {
        let Some(row) = session.row(Statement::new(SQL).bind(id)).await? else { return Ok(None) };
        if let Some(idle) = idle(&row)? {
            return Ok(Some(idle));
        }
    }
    let host = hosts::lookup(session, grant, &HostKey::Id(id)).await?;
    Ok(host.map(|host| BootRecord::of(&host)))
}

/// The idle host in a row of the statement above.
fn idle(row: &Row) -> Done<Option<BootRecord>> {
    let columns = Columns { row, table: "leases", key: "host_id" };
    if columns.get::<Option<i64>>("idle_generation")? != Some(columns.get("generation")?) {
        return Ok(None);
    }
    let (Some(name), Some(digits)) = (columns.optional_parse("name")?, columns.get("macs")?) else {
        return Ok(None);
    };
    Ok(Some(BootRecord {
        id: HostId::from_bytes(columns.bytes("host_id")?),
        name,
        macs: macs(&columns, digits)?,
        uuid: columns.optional_bytes("uuid")?.map(Uuid::from_bytes),
        serial: columns.optional_parse("serial")?,
        image_generation: ImageGeneration(columns.number("image_generation")?),
        image_key: columns.optional_bytes("image_key")?.map(KeyId::from_bytes),
        earlier_images: columns.optional_json("earlier_images")?.unwrap_or_default(),
        image_tag: columns.optional_bytes("image_tag")?.map(ImageTag::from_bytes),
        min_image_generation: ImageGeneration(columns.number("min_image_generation")?),
        is_idle: true,
    }))
}

/// The digits of all addresses, one after another.
fn macs(columns: &Columns<'_>, digits: &str) -> Done<BTreeSet<Mac>> {
    let (mut rest, mut macs) = (digits, BTreeSet::new());
    while !rest.is_empty() {
        let (digits, after) = rest.split_at_checked(12).unwrap_or((rest, ""));
        macs.insert(digits.parse().map_err(|error| columns.corrupt(error))?);
        rest = after;
    }
    Ok(macs)
}

/// The values of [`boot_columns`] for a host that is stored with its lease. `removed`: it has none.
pub(super) fn columns(host: &HostRecord, removed: bool) -> Result<Vec<Value>, StoreError> {
    use Kind::{Bytes, Int, Text};
    if removed {
        let kinds = [Int, Text, Text, Bytes, Text, Int, Bytes, Text, Bytes];
        return Ok(kinds.into_iter().map(Value::Null).collect());
    }
    let boot = BootRecord::of(host);
    let mut macs = String::new();
    for byte in boot.macs.iter().flat_map(Mac::as_bytes) {
        // Writing to a string does not fail.
        write!(macs, "{byte:02x}").ok();
    }
    Ok(vec![
        idle_generation(&host.lease, host.lease.generation)?.into_value(),
        boot.name.as_str().into_value(),
        macs.into_value(),
        boot.uuid.into_value(),
        boot.serial.as_ref().map(Serial::as_str).into_value(),
        boot.image_generation.0.into_value(),
        boot.image_key.into_value(),
        images::earlier(host)?.into_value(),
        boot.image_tag.map(|tag| tag.as_bytes().to_vec()).into_value(),
    ])
}

/// The generation of a lease, if nothing is to be installed.
pub(super) fn idle_generation(
    lease: &Lease,
    generation: Generation,
) -> Result<Option<i64>, StoreError> {
    if lease.is_idle() { Ok(Some(to_i64(generation.0)?)) } else { Ok(None) }
}

/// Stores what is known of the host's images, which make no next generation.
pub(super) async fn store_images(session: &mut dyn Session, host: &HostRecord) -> Done<()> {
    const SQL: &str = "UPDATE leases SET min_image_generation = ?, image_generation = ?, \
        image_key = ?, earlier_images = ?, image_tag = ? WHERE host_id = ?";
    let tag = host.image.as_ref().map(|image| image.tag.as_bytes().to_vec());
    let update = Statement::new(SQL)
        .bind(host.lease.min_image_generation.0)
        .bind(host.image_generation.0)
        .bind(host.image_key)
        .bind(images::earlier(host)?)
        .bind(tag)
        .bind(host.id);
    session.run(update).await?;
    Ok(())
}
