//! The route table, from which the router is made and which tests walk.

use super::{
    App, accounts, audit, bindings, events, guard, hosts, metrics, own, policies, problem::Problem,
    session,
};
use Access::{Person, Proved, ProvedSession, Public, Session};
use axum::{
    Router,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodRouter, any, delete, get, post, put},
};
use ipxe_orch_core::auth::Action::{
    self, ApproveMarks, ManageAccess, MarkHosts, ReadAudit, ReleaseHolds, SeeHosts, SeeMetrics,
};
use std::sync::Arc;

/// What a caller must show, before any permission is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Access {
    /// Nothing.
    Public,
    /// A session. A token does not do: it makes no sessions and no tokens.
    Session,
    /// A session, whose person has shown the password within 15 minutes.
    ProvedSession,
    /// A session or a token.
    Person,
    /// The same. The person has shown the password within 15 minutes; a token is shown anyway. The
    /// login service is asked for the groups of now.
    Proved,
}

/// One method of one path.
#[derive(Debug)]
#[non_exhaustive]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below the base path. `{…}` stands for one part of a path.
    pub path: &'static str,
    /// What a caller must show.
    pub access: Access,
    /// The permission that it needs. `None` if everybody has it, for what is their own.
    pub action: Option<Action>,
    /// What it does, in one line.
    pub summary: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
}

const fn route(
    method: Method,
    path: &'static str,
    access: Access,
    action: Option<Action>,
    summary: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { method, path, access, action, summary, handler }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// All routes.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    route(GET, "/api/v1/realms", Public, None, "Login services", || get(session::realms)),
    route(POST, "/api/v1/session", Public, None, "Sign in", || post(session::start)),
    route(POST, "/api/v1/password", Public, None, "Change the password of a local account", || post(session::change_password)),
    route(GET, "/api/v1/session", Person, None, "Who is signed in", || get(session::show)),
    route(DELETE, "/api/v1/session", Session, None, "Sign out", || delete(session::end)),
    route(POST, "/api/v1/session/proof", Session, None, "Show the password again", || post(session::prove)),
    route(GET, "/api/v1/sessions", Session, None, "Own sessions", || get(own::sessions)),
    route(DELETE, "/api/v1/sessions/{id}", Session, None, "End an own session", || delete(own::end_session)),
    route(GET, "/api/v1/tokens", Session, None, "Own tokens", || get(own::tokens)),
    route(POST, "/api/v1/tokens", ProvedSession, None, "Make a token", || post(own::create_token)),
    route(DELETE, "/api/v1/tokens/{id}", Session, None, "Remove an own token", || delete(own::remove_token)),
    route(GET, "/api/v1/accounts", Person, Some(ManageAccess), "Local accounts", || get(accounts::list)),
    route(POST, "/api/v1/accounts", Proved, Some(ManageAccess), "Make a local account", || post(accounts::create)),
    route(POST, "/api/v1/accounts/{name}/disable", Proved, Some(ManageAccess), "Disable a local account", || post(accounts::disable)),
    route(POST, "/api/v1/accounts/{name}/enable", Proved, Some(ManageAccess), "Enable a local account", || post(accounts::enable)),
    route(POST, "/api/v1/accounts/{name}/reset-password", Proved, Some(ManageAccess), "Make a one-time password", || post(accounts::reset_password)),
    route(GET, "/api/v1/bindings", Person, Some(ManageAccess), "Who has which role", || get(bindings::list)),
    route(POST, "/api/v1/bindings", Proved, Some(ManageAccess), "Give a role", || post(bindings::create)),
    route(DELETE, "/api/v1/bindings/{id}", Proved, Some(ManageAccess), "Take a role away", || delete(bindings::remove)),
    route(GET, "/api/v1/explain", Person, Some(ManageAccess), "Why somebody may do something", || get(bindings::explain)),
    route(GET, "/api/v1/hosts", Person, Some(SeeHosts), "Hosts", || get(hosts::list)),
    route(GET, "/api/v1/hosts/{name}", Person, Some(SeeHosts), "A host", || get(hosts::show)),
    route(POST, "/api/v1/hosts/{name}/mark", Person, Some(MarkHosts), "Order an install", || post(hosts::mark)),
    route(POST, "/api/v1/hosts/{name}/cancel", Person, Some(MarkHosts), "Cancel a mark", || post(hosts::cancel)),
    route(POST, "/api/v1/hosts/{name}/abandon", Person, Some(MarkHosts), "Give an install up", || post(hosts::abandon)),
    route(POST, "/api/v1/hosts/{name}/withdraw", Person, Some(MarkHosts), "Withdraw an offer", || post(hosts::withdraw)),
    route(POST, "/api/v1/hosts/{name}/hold", Person, Some(MarkHosts), "Forbid installs", || post(hosts::hold)),
    route(POST, "/api/v1/hosts/{name}/release", Person, Some(ReleaseHolds), "Allow installs again", || post(hosts::release)),
    route(POST, "/api/v1/hosts/{name}/approve", Proved, Some(ApproveMarks), "Approve a mark that waits", || post(hosts::approve)),
    route(POST, "/api/v1/hosts/{name}/reject", Person, Some(ApproveMarks), "Reject a mark that waits", || post(hosts::reject)),
    route(POST, "/api/v1/hosts/{name}/protect", Person, Some(ReleaseHolds), "Protect a host", || post(hosts::protect)),
    route(POST, "/api/v1/hosts/{name}/unprotect", Proved, Some(ReleaseHolds), "End the protection of a host", || post(hosts::unprotect)),
    route(GET, "/api/v1/policies", Person, Some(SeeHosts), "Policies for installs", || get(policies::list)),
    route(PUT, "/api/v1/policies/{name}", Proved, Some(ManageAccess), "Set a policy", || put(policies::set)),
    route(DELETE, "/api/v1/policies/{name}", Proved, Some(ManageAccess), "Remove a policy", || delete(policies::remove)),
    route(GET, "/api/v1/events", Person, Some(SeeHosts), "Boot events", || get(events::list)),
    route(GET, "/api/v1/metrics", Person, Some(SeeMetrics), "Figures for Prometheus", || get(metrics::read)),
    route(GET, "/api/v1/audit", Person, Some(ReadAudit), "A page of the audit, as JSON Lines", || get(audit::read)),
    route(GET, "/api/v1/audit.jsonl", Person, Some(ReadAudit), "The whole audit, as a stream of JSON Lines", || get(audit::export)),
];

pub(super) fn router(app: &Arc<App>) -> Router {
    let add = |router: Router<Arc<App>>, route: &'static Route| {
        let guarded = guard::Guarded { app: app.clone(), route };
        let handler = (route.handler)().layer(from_fn_with_state(guarded, guard::guard));
        router.route(&format!("{}{}", app.base, route.path), handler)
    };
    let nothing = || async { Problem::not_found("there is nothing at this path") };
    let rest = format!("{}/api/{{*rest}}", app.base);
    let wrong_method = || async { Problem::method() };
    ROUTES
        .iter()
        .fold(Router::new(), add)
        .method_not_allowed_fallback(wrong_method)
        .route(&rest, any(nothing))
        .layer(from_fn_with_state(app.clone(), guard::identify))
        .with_state(app.clone())
}
