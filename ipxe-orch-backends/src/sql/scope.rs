//! A grant's scope as a condition on `hosts AS h`.

use super::{
    driver::{Connection, Database},
    error::Done,
};
use ipxe_orch_core::{auth::Scope, ids::HostId};
use sqlx::QueryBuilder;

/// Adds ` AND …`, true for the hosts in the scope.
pub(super) fn push(query: &mut QueryBuilder<Database>, scope: &Scope) {
    // The usual case: the statement stays as simple as it is.
    if !scope.is_all() {
        query.push(" AND ");
        push_condition(query, scope);
    }
}

fn push_condition(query: &mut QueryBuilder<Database>, scope: &Scope) {
    match scope {
        Scope::All => {
            query.push("1 = 1");
        }
        Scope::Site(site) => {
            query.push("h.site = ").push_bind(site.as_str().to_owned());
        }
        Scope::Labels(labels) => {
            query.push("(1 = 1");
            for (key, value) in labels {
                query.push(" AND ");
                push_label(query, key.as_str(), value.as_str());
            }
            query.push(")");
        }
        Scope::Host(id) => {
            query.push("h.id = ").push_bind(id.as_bytes().to_vec());
        }
        Scope::Attempt(id) => {
            query
                .push("EXISTS (SELECT 1 FROM leases g WHERE g.host_id = h.id AND g.attempt_id = ")
                .push_bind(id.as_bytes().to_vec())
                .push(")");
        }
        Scope::AnyOf(scopes) => {
            query.push("(1 = 0");
            for scope in scopes {
                query.push(" OR ");
                push_condition(query, scope);
            }
            query.push(")");
        }
        // A scope that this code does not know holds for nothing.
        _ => {
            query.push("1 = 0");
        }
    }
}

/// Adds a condition that is true for the hosts with this label.
pub(super) fn push_label(query: &mut QueryBuilder<Database>, key: &str, value: &str) {
    query
        .push("EXISTS (SELECT 1 FROM host_labels n WHERE n.host_id = h.id AND n.key = ")
        .push_bind(key.to_owned())
        .push(" AND n.value = ")
        .push_bind(value.to_owned())
        .push(")");
}

/// Whether the scope holds for a stored host.
pub(super) async fn covers(connection: &mut Connection, scope: &Scope, host: HostId) -> Done<bool> {
    match scope {
        Scope::Host(id) if *id != host => return Ok(false),
        // Whether it is stored shows when it is written.
        Scope::All | Scope::Host(_) => return Ok(true),
        _ => {}
    }
    let mut query = QueryBuilder::new("SELECT 1 FROM hosts h WHERE h.id = ");
    query.push_bind(host.as_bytes().to_vec());
    push(&mut query, scope);
    Ok(query.build().fetch_optional(connection).await?.is_some())
}
