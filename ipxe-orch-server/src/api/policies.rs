//! Policies.

use super::{
    App,
    body::{Json, Path, Query},
    problem::Problem,
    who::Asked,
};
use crate::view::PolicyView;
use axum::{extract::State, http::StatusCode};
use ipxe_orch_core::{
    auth::Hosts,
    ids::Generation,
    names::PolicyName,
    policy::{Policy, PutPolicy, Rules},
};
use serde::Deserialize;
use std::sync::Arc;

/// What a policy is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyInput {
    hosts: Hosts,
    rules: Rules,
    /// The generation that the person looked at; 0 for a new policy.
    #[serde(default)]
    seen: u64,
    reason: Option<String>,
}

/// Which policy is removed, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    seen: u64,
    reason: Option<String>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    asked: Asked,
) -> Result<Json<Vec<PolicyView>>, Problem> {
    let policies = app.orchestrator.list_policies(asked.caller()?).await?;
    let now = app.orchestrator.now();
    Ok(Json(policies.iter().map(|record| PolicyView::new(record, now)).collect()))
}

pub(super) async fn set(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<PolicyName>,
    Json(given): Json<PolicyInput>,
) -> Result<StatusCode, Problem> {
    let PolicyInput { hosts, rules, seen, reason } = given;
    if let Some(unknown) = rules.other.keys().next() {
        let unknown = ipxe_orch_core::text::shown(unknown);
        return Err(Problem::invalid(format!("a policy has no rule `{unknown}`")));
    }
    let policy = Box::new(Policy { name, hosts, rules });
    let change = PutPolicy::Set { policy, seen: Generation(seen) };
    app.orchestrator.put_policy(asked.caller()?, &change, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<PolicyName>,
    Query(Removal { seen, reason }): Query<Removal>,
) -> Result<StatusCode, Problem> {
    let change = PutPolicy::Remove { name, seen: Generation(seen) };
    app.orchestrator.put_policy(asked.caller()?, &change, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
