//! Creating, editing and removing hosts, all of them or none.
//!
//! What they look at is read first, for all of them together. Then the whole call is decided
//! without the database, and only a call that is not refused is written.

pub(super) mod owners;
mod plan;
mod rows;

use super::{
    audit::Entry,
    driver::Session,
    error::Done,
    hosts, policies,
    row::Columns,
    statement::{MANY, Statement},
    work::Work,
};
use ipxe_orch_core::{
    ids::{Epoch, HostId, MarkId},
    policy::Taken,
    stores::{PutGrant, PutHost},
};
pub(super) use owners::Owners;
use plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn put_hosts(
    work: &mut Work<'_>,
    grant: &PutGrant,
    epoch: Epoch,
    hosts: &[(PutHost, Entry)],
) -> Done<()> {
    work.check_epoch(epoch)?;
    let puts: Vec<&PutHost> = hosts.iter().map(|(put, _)| put).collect();
    let mut plan = read(&mut work.session, &puts).await?;
    plan.make(grant, &puts)?;
    let taken = Taken::sum(puts.iter().flat_map(|put| put.taken()));
    let meters = policies::meters(&mut work.session, &taken).await?;
    rows::write(&mut work.session, &plan).await?;
    policies::take(&mut work.session, &meters).await?;
    work.append_all(hosts.iter().map(|(_, entry)| entry)).await
}

/// The hosts, names, addresses and marks that a call looks at.
async fn read(session: &mut dyn Session, puts: &[&PutHost]) -> Done<Plan> {
    let ids: BTreeSet<HostId> = puts.iter().map(|put| put.id()).collect();
    let (mut before, mut removed) = (BTreeMap::new(), BTreeSet::new());
    hosts::lock(session, &ids).await?;
    for ids in ids.into_iter().collect::<Vec<_>>().chunks(MANY) {
        for (host, is_removed) in hosts::ever(session, ids).await? {
            if is_removed {
                removed.insert(host.id);
            } else {
                before.insert(host.id, host);
            }
        }
    }
    let marks = marks(session, puts).await?;
    let owners = Owners::read(session, puts.iter().filter_map(|put| put.spec())).await?;
    Ok(Plan::new(before, removed, marks, owners))
}

/// Those of the new marks whose id was used before.
async fn marks(session: &mut dyn Session, puts: &[&PutHost]) -> Done<BTreeSet<MarkId>> {
    let new = puts.iter().filter_map(|put| plan::new_mark(put));
    let new: Vec<MarkId> = new.map(|mark| mark.id).collect();
    let mut used = BTreeSet::new();
    for ids in new.chunks(MANY) {
        let mut query = Statement::new("SELECT id FROM marks WHERE id IN ").once();
        query.push_list(ids.iter().copied());
        for row in &session.rows(query).await? {
            let columns = Columns { row, table: "marks", key: "id" };
            used.insert(MarkId::from_bytes(columns.bytes("id")?));
        }
    }
    Ok(used)
}
