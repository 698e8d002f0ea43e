//! Names for the completion in a shell. This reads a database and changes nothing in it.

use super::{
    super::{
        driver::Session as _,
        error::{Done, OpenError},
        row::Columns,
        scope,
        statement::Statement,
    },
    apart::apart,
    connect,
    fault::fault,
    session::Connected,
};
use ipxe_orch_core::auth::{Granted, SeeHosts};
use rusqlite::Connection;
use std::path::Path;

/// What the names are names of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameKind {
    /// Hosts.
    Host,
    /// Stored profiles.
    Profile,
    /// Sites of hosts.
    Site,
    /// Keys of labels of hosts.
    LabelKey,
    /// Labels of hosts, as `key=value`.
    Label,
    /// NICs of hosts, as the host's name and the MAC address with a blank between them.
    Nic,
}

impl NameKind {
    /// The statement; hosts are `h`.
    const fn select(self) -> &'static str {
        match self {
            Self::Host => "SELECT h.name AS name FROM hosts h WHERE h.removed = 0",
            Self::Profile => "SELECT name FROM current_profiles",
            Self::Site => {
                "SELECT DISTINCT h.site AS name FROM hosts h WHERE h.removed = 0 AND h.site IS NOT NULL"
            }
            Self::LabelKey => {
                "SELECT DISTINCT l.key AS name FROM hosts h JOIN host_labels l ON l.host_id = h.id \
                 WHERE h.removed = 0"
            }
            Self::Label => {
                "SELECT DISTINCT l.key || '=' || l.value AS name FROM hosts h \
                 JOIN host_labels l ON l.host_id = h.id WHERE h.removed = 0"
            }
            Self::Nic => {
                "SELECT h.name || ' ' || lower(substr(hex(m.mac), 1, 2) || ':' || \
                 substr(hex(m.mac), 3, 2) || ':' || substr(hex(m.mac), 5, 2) || ':' || \
                 substr(hex(m.mac), 7, 2) || ':' || substr(hex(m.mac), 9, 2) || ':' || \
                 substr(hex(m.mac), 11, 2)) AS name FROM hosts h JOIN host_macs m ON m.host_id = h.id \
                 WHERE h.removed = 0"
            }
        }
    }
}

/// The names in a database file, in order. Unlike [`SqliteStore::open`](super::super::SqliteStore::open)
/// it makes no file, changes nothing and updates no tables.
///
/// # Errors
/// [`OpenError`] if there is no such file, or if it is no database with hosts.
pub async fn names(
    path: &Path,
    grant: &Granted<SeeHosts>,
    kind: NameKind,
) -> Result<Vec<String>, OpenError> {
    let (path, grant) = (path.to_owned(), grant.clone());
    apart(async move || {
        let mut connection = connect::untouched(&path).map_err(fault)?;
        list(&mut connection, &grant, kind).await
    })
    .await?
}

async fn list(
    connection: &mut Connection,
    grant: &Granted<SeeHosts>,
    kind: NameKind,
) -> Result<Vec<String>, OpenError> {
    let mut query = Statement::new(kind.select());
    if kind != NameKind::Profile {
        scope::push(&mut query, grant.scope());
    }
    query.push(" ORDER BY 1");
    let rows = Connected(connection).rows(query).await?;
    let name = |row| Columns { row, table: "hosts", key: "name" }.get("name");
    Ok(rows.iter().map(name).collect::<Done<_>>()?)
}
