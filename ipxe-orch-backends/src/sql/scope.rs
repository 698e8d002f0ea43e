//! A grant's scope as a condition on `hosts AS h`.

use super::{driver::Session, error::Done, statement::Statement};
use ipxe_orch_core::{auth::Scope, ids::HostId};

/// Adds ` AND …`, true for the hosts in the scope.
pub(super) fn push(query: &mut Statement, scope: &Scope) {
    // The usual case: the statement stays as simple as it is.
    if !scope.is_all() {
        query.push(" AND ");
        push_condition(query, scope);
    }
}

fn push_condition(query: &mut Statement, scope: &Scope) {
    match scope {
        Scope::All => {
            query.push("1 = 1");
        }
        Scope::Site(site) => {
            query.push("h.site = ").push_bind(site);
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
            query.push("h.id = ").push_bind(*id);
        }
        Scope::Attempt(id) => {
            query
                .push("EXISTS (SELECT 1 FROM leases g WHERE g.host_id = h.id AND g.attempt_id = ")
                .push_bind(*id)
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
        // No host is in all of none.
        Scope::AllOf(scopes) if scopes.is_empty() => {
            query.push("1 = 0");
        }
        Scope::AllOf(scopes) => {
            query.push("(1 = 1");
            for scope in scopes {
                query.push(" AND ");
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
pub(super) fn push_label(query: &mut Statement, key: &str, value: &str) {
    query
        .push("EXISTS (SELECT 1 FROM host_labels n WHERE n.host_id = h.id AND n.\"key\" = ")
        .push_bind(key)
        .push(" AND n.value = ")
        .push_bind(value)
        .push(")");
}

/// Whether the scope holds for a stored host.
pub(super) async fn covers(session: &mut dyn Session, scope: &Scope, host: HostId) -> Done<bool> {
    match scope {
        Scope::Host(id) if *id != host => return Ok(false),
        // Whether it is stored shows when it is written.
        Scope::All | Scope::Host(_) => return Ok(true),
        _ => {}
    }
    let mut query = Statement::new("SELECT 1 AS covered FROM hosts h WHERE h.id = ?").bind(host);
    push(&mut query, scope);
    Ok(session.row(query).await?.is_some())
}
