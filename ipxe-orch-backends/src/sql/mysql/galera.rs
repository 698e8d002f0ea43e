//! Galera: several nodes take writes, and a commit is compared with what others have committed.
//!
//! What a node reads may be older than what was acknowledged on another one, and a row that it has
//! locked is not locked on the others. So each session waits, before it begins a transaction or
//! reads, until its node has all that was acknowledged before. And a transaction writes each row that
//! it relies on: of two that write one row at the same time, one is rolled back.
//!
//! - Epoch, suspension and the end of its audit chain: it writes the row of its program in `writers`,
//!   and whoever changes one of the former writes all rows there.
//! - A host, its labels, site and images: it compares and writes the generation of the lease, or counts
//!   up its `locks`.
//! - Marks, claims, names, addresses, profiles, shared values: keys are unique in the whole cluster.
//!
//! What it reads beside these stays true: profiles, marks and accepted epochs are never deleted, a
//! removed host stays removed, and an attempt that is not the latest of its host never becomes it again.
//! To add a write that relies on something else: let it write the row on which it relies.

use super::{
    super::error::OpenError,
    fault::fault,
    settings::{variable, warn_of},
};
use sqlx::{Executor as _, MySqlConnection, Row as _};

/// The session waits before reads and `BEGIN` (1), before `UPDATE` and `DELETE` (2) and before
/// `INSERT` (4); inside of a transaction it does not. A node that is cut off from its cluster
/// answers nothing, and changes of tables reach all nodes.
const SESSION: &str = "SET SESSION wsrep_sync_wait = 7, wsrep_dirty_reads = OFF, \
    wsrep_OSU_method = 'TOI'";

/// A transaction of ours may be larger than these, mostly that of an import.
const FEWEST_ROWS: u64 = 100_000;
const FEWEST_BYTES: u64 = 256 * 1024 * 1024;

/// Where a connection leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Not to a node of Galera.
    No,
    /// To one that tells no other node what is written.
    Alone,
    /// To one of a cluster.
    Member,
}

/// Prepares a new connection.
pub(super) async fn prepare(connection: &mut MySqlConnection) -> Result<Node, sqlx::Error> {
    const SQL: &str =
        "SHOW SESSION VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_provider')";
    let (mut on, mut has_provider) = (false, false);
    for row in sqlx::query(SQL).fetch_all(&mut *connection).await? {
        let (name, value): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        match name.as_str() {
            "wsrep_on" => on = value == "ON",
            _ => has_provider = !value.is_empty() && value != "none",
        }
    }
    if !has_provider {
        return Ok(Node::No);
    }
    connection.execute(sqlx::raw_sql(SESSION)).await?;
    Ok(if on { Node::Member } else { Node::Alone })
}

/// Looks at the node and its settings.
///
/// # Errors
/// [`OpenError::Settings`] names the setting, its value and what to write instead;
/// [`OpenError::NotReady`] says what state the node is in.
pub(super) async fn check(connection: &mut MySqlConnection) -> Result<(), OpenError> {
    for (name, wanted, why) in [
        ("wsrep_on", "ON", "what is written here reaches no other node"),
        ("binlog_format", "ROW", "the other nodes may get other rows"),
    ] {
        let found = variable(connection, name).await?;
        if let Some(found) = found.filter(|found| !found.eq_ignore_ascii_case(wanted)) {
            return Err(wrong(name, &found, why, wanted));
        }
    }
    let options = variable(connection, "wsrep_provider_options").await?.unwrap_or_default();
    check_options(&options)?;
    if variable(connection, "innodb_autoinc_lock_mode").await?.as_deref() != Some("2") {
        warn_of("innodb_autoinc_lock_mode", "2", "boot events of several nodes block each other");
    }
    let limits = [("wsrep_max_ws_rows", FEWEST_ROWS), ("wsrep_max_ws_size", FEWEST_BYTES)];
    for (name, fewest) in limits {
        let found = variable(connection, name).await?.and_then(|found| found.parse::<u64>().ok());
        if found.is_some_and(|found| found != 0 && found < fewest) {
            warn_of(
                name,
                &format!("at least {fewest}"),
                "large imports are refused by the cluster",
            );
        }
    }
    check_state(connection).await
}

/// With these options both parts of a cluster that was cut in two go on, and each may install a
/// machine with the same mark.
fn check_options(options: &str) -> Result<(), OpenError> {
    let set = options.split(';').filter_map(|option| option.split_once('='));
    for (name, value) in set.map(|(name, value)| (name.trim(), value.trim())) {
        let on = ["true", "yes", "on", "1"].iter().any(|on| value.eq_ignore_ascii_case(on));
        if on && ["pc.ignore_quorum", "pc.ignore_sb"].contains(&name) {
            let why = "both parts of a cluster that was cut in two would go on";
            return Err(wrong(&format!("{name} of wsrep_provider_options"), value, why, "false"));
        }
    }
    Ok(())
}

fn wrong(name: &str, found: &str, why: &str, wanted: &str) -> OpenError {
    OpenError::Settings(format!(
        "{name} is {found}: {why}; set it to {wanted} on all nodes of the cluster"
    ))
}

async fn check_state(connection: &mut MySqlConnection) -> Result<(), OpenError> {
    const SQL: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN \
        ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state_comment')";
    let rows = sqlx::query(SQL).fetch_all(&mut *connection).await.map_err(fault)?;
    let mut state = Vec::new();
    for row in rows {
        let (name, value): (String, String) =
            (row.try_get(0).map_err(fault)?, row.try_get(1).map_err(fault)?);
        state.push((name, value));
    }
    let is = |name: &str, wanted: &str| state.iter().any(|one| one.0 == name && one.1 == wanted);
    if is("wsrep_ready", "ON") && is("wsrep_cluster_status", "Primary") {
        return Ok(());
    }
    let shown: Vec<_> = state.iter().map(|(name, value)| format!("{name} is {value}")).collect();
    Err(OpenError::NotReady(shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_may_go_on_in_two_parts_is_refused() {
        let usual =
            "gcache.size = 128M; pc.ignore_quorum = false; pc.ignore_sb = false; pc.npvo = true;";
        assert!(check_options(usual).is_ok());
        for name in ["pc.ignore_quorum", "pc.ignore_sb"] {
            for value in ["true", "YES", "1", "on"] {
                let options = format!("gcache.size = 128M; {name} = {value}; pc.weight = 1");
                let error = check_options(&options).unwrap_err().to_string();
                assert!(error.contains(name) && error.contains("set it to false"), "{error}");
            }
        }
    }
}
