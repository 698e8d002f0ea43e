//! The route table, from which the router is made and which tests walk.

use super::{App, guard, health, media, script, sync, ticket};
use axum::{
    Router,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodRouter, any},
};
use std::sync::Arc;

/// What a caller must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Access {
    /// The boot secret of a host, in the query.
    Machine,
    /// The ticket of an attempt, in the path.
    Ticket,
    /// The header `Authorization` of a server of this installation.
    Peer,
    /// Nothing. The answer contains nothing that is secret.
    Public,
    /// Nothing, as [`Self::Public`]. The answer may take a moment, so that there are places for who
    /// waits for it.
    Health,
}

/// One route.
#[derive(Debug)]
#[non_exhaustive]
pub struct Route {
    /// The path below the base path. `{…}` stands for one part of a path, `{*…}` for all parts that
    /// follow.
    pub path: &'static str,
    /// The methods that it answers. An empty list means all methods.
    pub methods: &'static [Method],
    /// What a caller must show.
    pub access: Access,
    /// Whether it may change a lease. Then ranges and prefetches are refused, because no machine
    /// that boots sends them.
    pub decides: bool,
    handler: fn() -> MethodRouter<Arc<App>>,
}

const GET: &[Method] = &[Method::GET];
const READ: &[Method] = &[Method::GET, Method::HEAD];
const SEND: &[Method] = &[Method::GET, Method::POST, Method::PUT];
const ANY: &[Method] = &[];

const fn route(
    methods: &'static [Method],
    path: &'static str,
    access: Access,
    decides: bool,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, methods, access, decides, handler }
}

/// All routes.
pub static ROUTES: &[Route] = &[
    route(GET, "/boot/v1/script", Access::Machine, true, || any(script::script)),
    route(GET, "/boot/v1/t/{ticket}/claim", Access::Ticket, true, || any(ticket::claim)),
    route(GET, "/boot/v1/t/{ticket}/answer/{name}", Access::Ticket, true, || any(ticket::answer)),
    route(READ, "/boot/v1/t/{ticket}/media/{name}", Access::Ticket, false, || any(media::media)),
    route(READ, "/boot/v1/t/{ticket}/media/{name}/{*path}", Access::Ticket, false, || {
        any(media::media)
    }),
    route(SEND, "/boot/v1/t/{ticket}/report", Access::Ticket, true, || any(ticket::report)),
    route(ANY, "/boot/v1/canary", Access::Public, false, || any(script::nothing)),
    // No fallback of another application may answer here, because iPXE would execute the answer.
    route(ANY, "/boot/v1", Access::Public, false, || any(script::nothing)),
    route(ANY, "/boot/v1/", Access::Public, false, || any(script::nothing)),
    route(ANY, "/boot/v1/{*rest}", Access::Public, false, || any(script::nothing)),
    route(GET, "/media/v1/sets", Access::Peer, false, || any(sync::sets)),
    route(READ, "/media/v1/blobs/{digest}", Access::Peer, false, || any(sync::blob)),
    route(READ, "/healthz", Access::Public, false, || any(health::health)),
    route(READ, "/readyz", Access::Health, false, || any(health::ready)),
];

pub(super) fn router(app: &Arc<App>) -> Router {
    let add = |router: Router<Arc<App>>, route: &'static Route| {
        let guarded = guard::Guarded { app: app.clone(), route };
        let handler = (route.handler)().layer(from_fn_with_state(guarded, guard::guard));
        router.route(&format!("{}{}", app.base, route.path), handler)
    };
    ROUTES.iter().fold(Router::new(), add).with_state(app.clone())
}
