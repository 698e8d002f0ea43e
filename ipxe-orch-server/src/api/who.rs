//! Who asks.

use super::{Access, App, cookie, problem::Problem};
use crate::http::origin_behind;
use axum::{
    extract::FromRequestParts,
    http::{header::AUTHORIZATION, request::Parts},
};
use ipxe_orch_core::{
    access::{Token, TokenSecret},
    access_control::{AccessError, SignedIn},
    auth::{Caller, Origin},
};
use std::sync::Arc;

/// Whoever asks: the guard has found out.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// Nobody knows.
    Stranger,
    /// Somebody with a session.
    Session(Box<SignedIn>),
    /// A program with a token.
    Token(Box<Token>),
}

/// From where, and for the orchestrator as whom.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) who: Who,
    pub(super) origin: Origin,
    caller: Option<Caller>,
}

impl Asked {
    /// Finds out who asks.
    pub(super) async fn new(app: &App, parts: &Parts, access: Access) -> Result<Self, Problem> {
        let origin = origin_behind(parts, &app.proxies);
        if access == Access::Public {
            if cookie::is_foreign(&parts.method, &parts.headers) {
                return Err(foreign());
            }
            return Ok(Self { who: Who::Stranger, origin, caller: None });
        }
        match bearer(parts)? {
            Some(token) => Self::by_token(app, &token, access, origin).await,
            None => Self::by_cookie(app, parts, access, origin).await,
        }
    }

    async fn by_token(
        app: &App,
        token: &TokenSecret,
        access: Access,
        origin: Origin,
    ) -> Result<Self, Problem> {
        let (token, subject) = app.access.token(token).await?;
        if matches!(access, Access::Session | Access::ProvedSession) {
            return Err(Problem::denied("a token cannot do this: sign in with the password"));
        }
        let caller = Caller::new(subject, origin.clone());
        Ok(Self { who: Who::Token(Box::new(token)), origin, caller: Some(caller) })
    }

    async fn by_cookie(
        app: &App,
        parts: &Parts,
        access: Access,
        origin: Origin,
    ) -> Result<Self, Problem> {
        let secret = cookie::secret(&parts.headers).ok_or_else(Problem::not_signed_in)?;
        if cookie::is_foreign(&parts.method, &parts.headers) {
            return Err(foreign());
        }
        let mut signed_in = app.access.session(&secret).await?;
        if matches!(access, Access::Proved | Access::ProvedSession) {
            signed_in = app.access.proved(signed_in).await?;
        }
        let caller = Caller::new(signed_in.subject(), origin.clone());
        Ok(Self { who: Who::Session(Box::new(signed_in)), origin, caller: Some(caller) })
    }

    /// Whoever the orchestrator is to know.
    pub(super) fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(Problem::not_signed_in)
    }

    /// The session.
    pub(super) fn session(&self) -> Result<&SignedIn, Problem> {
        match &self.who {
            Who::Session(signed_in) => Ok(signed_in),
            _ => Err(AccessError::NotSignedIn.into()),
        }
    }
}

fn foreign() -> Problem {
    Problem::denied("another site has sent this: it is not done")
}

/// The token of the header `Authorization` (RFC 6750 section 2.1).
fn bearer(parts: &Parts) -> Result<Option<TokenSecret>, Problem> {
    let Some(value) = parts.headers.get(AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.and_then(|(_, token)| token.trim().parse().ok());
    token.map(Some).ok_or_else(Problem::not_signed_in)
}

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let asked = parts.extensions.get::<Self>().cloned();
        asked.ok_or_else(|| Problem::internal("a route without its guard"))
    }
}
