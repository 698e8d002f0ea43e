//! Local accounts.

use super::{
    App,
    body::{Created, Json, Path},
    problem::Problem,
    who::Asked,
};
use crate::view::{AccountView, OneTimeView};
use axum::extract::State;
use ipxe_orch_core::{access_control::NewAccount, names::AccountName};
use serde::Deserialize;
use std::sync::Arc;

/// What is said about a new account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountInput {
    name: AccountName,
    display_name: Option<String>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    asked: Asked,
) -> Result<Json<Vec<AccountView>>, Problem> {
    let accounts = app.access.accounts(asked.caller()?).await?;
    Ok(Json(accounts.iter().map(AccountView::from).collect()))
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    asked: Asked,
    Json(AccountInput { name, display_name }): Json<AccountInput>,
) -> Result<Created<OneTimeView>, Problem> {
    let new = NewAccount { name, display_name };
    let (account, password) = app.access.create_account(asked.caller()?, new).await?;
    Ok(Created(OneTimeView { name: account.name, password: password.as_str().to_owned() }))
}

pub(super) async fn disable(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<AccountName>,
) -> Result<Json<AccountView>, Problem> {
    let account = app.access.disable_account(asked.caller()?, &name, true).await?;
    Ok(Json(AccountView::from(&account)))
}

pub(super) async fn enable(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<AccountName>,
) -> Result<Json<AccountView>, Problem> {
    let account = app.access.disable_account(asked.caller()?, &name, false).await?;
    Ok(Json(AccountView::from(&account)))
}

pub(super) async fn reset_password(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<AccountName>,
) -> Result<Json<OneTimeView>, Problem> {
    let password = app.access.reset_password(asked.caller()?, &name).await?;
    Ok(Json(OneTimeView { name, password: password.as_str().to_owned() }))
}
