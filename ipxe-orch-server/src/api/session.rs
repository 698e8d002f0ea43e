//! Signing in and out.

use super::{
    App,
    body::Json,
    cookie,
    problem::Problem,
    who::{Asked, Who},
};
use crate::view::{PersonView, RealmView, SessionView, SignedInView};
use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{SET_COOKIE, USER_AGENT},
    },
    response::{IntoResponse, Response},
};
use ipxe_orch_core::{
    access_control::{LocalAccounts, SignedIn},
    auth::{Action, Caller, Password},
    names::{AccountName, RealmName},
};
use serde::Deserialize;
use std::sync::Arc;

/// Name and password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    realm: Option<RealmName>,
    name: String,
    password: String,
}

/// A new password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    name: AccountName,
    old: String,
    new: String,
}

/// The password again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    password: String,
}

pub(super) fn password(text: String) -> Result<Password, Problem> {
    Password::new(text).map_err(|error| Problem::invalid(error.to_string()))
}

pub(super) async fn realms(State(app): State<Arc<App>>) -> Json<Vec<RealmView>> {
    let view = |name: &RealmName| RealmView {
        name: name.clone(),
        local: name.as_str() == LocalAccounts::REALM,
    };
    Json(app.access.realms().map(view).collect())
}

pub(super) async fn start(
    State(app): State<Arc<App>>,
    asked: Asked,
    headers: HeaderMap,
    Json(given): Json<Credentials>,
) -> Result<Response, Problem> {
    let Credentials { realm, name, password: text } = given;
    let (password, agent) = (password(text)?, headers.get(USER_AGENT));
    let agent = agent.and_then(|agent| agent.to_str().ok());
    let signed_in =
        app.access.sign_in(realm.as_ref(), &name, &password, &asked.origin, agent).await?;
    let caller = Caller::new(signed_in.subject(), asked.origin);
    let view = view(&app, &signed_in, &caller).await?;
    with_cookie((StatusCode::CREATED, Json(view)).into_response(), &signed_in)
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    asked: Asked,
) -> Result<Json<SignedInView>, Problem> {
    let caller = asked.caller()?;
    match &asked.who {
        Who::Session(signed_in) => view(&app, signed_in, caller).await.map(Json),
        Who::Token(token) => {
            let (person, session) = (PersonView::from(&token.owner), None);
            let actions = actions(&app, caller).await?;
            Ok(Json(SignedInView { person, session, actions }))
        }
        Who::Stranger => Err(Problem::not_signed_in()),
    }
}

pub(super) async fn end(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.access.sign_out(asked.session()?, &asked.origin).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(cookie::clear().map(|value| (SET_COOKIE, value)));
    Ok(response)
}

pub(super) async fn prove(
    State(app): State<Arc<App>>,
    asked: Asked,
    Json(given): Json<Proof>,
) -> Result<Response, Problem> {
    let password = password(given.password)?;
    let signed_in = app.access.prove(asked.session()?, &password, &asked.origin).await?;
    with_cookie(StatusCode::NO_CONTENT.into_response(), &signed_in)
}

pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    asked: Asked,
    Json(given): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let (old, new) = (password(given.old)?, password(given.new)?);
    app.access.change_password(&given.name, &old, &new, &asked.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn view(app: &App, signed_in: &SignedIn, caller: &Caller) -> Result<SignedInView, Problem> {
    let session = &signed_in.session;
    let (person, actions) = (PersonView::from(&session.person), actions(app, caller).await?);
    Ok(SignedInView { person, session: Some(SessionView::from(session)), actions })
}

async fn actions(app: &App, caller: &Caller) -> Result<Vec<Action>, Problem> {
    Ok(app.access.actions(caller).await?)
}

/// A new secret goes to the browser.
fn with_cookie(mut response: Response, signed_in: &SignedIn) -> Result<Response, Problem> {
    if let Some(secret) = &signed_in.secret {
        let value: HeaderValue =
            cookie::set(secret).ok_or_else(|| Problem::internal("no cookie can be made"))?;
        response.headers_mut().insert(SET_COOKIE, value);
    }
    Ok(response)
}
