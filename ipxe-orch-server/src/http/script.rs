//! What iPXE executes.

use super::{
    App,
    error::HttpError,
    peer::Peer,
    proof::{self, Proof},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use ipxe_orch_core::boot::is_script;
use std::sync::Arc;

/// A text that iPXE accepts as a script. Nothing else goes out with 200 on the paths that iPXE
/// executes.
#[derive(Debug)]
pub(super) struct IpxeScript(String);

impl TryFrom<String> for IpxeScript {
    type Error = HttpError;

    fn try_from(text: String) -> Result<Self, HttpError> {
        if is_script(&text) { Ok(Self(text)) } else { Err(HttpError::NotAScript) }
    }
}

impl IntoResponse for IpxeScript {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

pub(super) async fn script(
    State(app): State<Arc<App>>,
    Peer(origin): Peer,
    Proof(opened): proof::Boot,
) -> Result<IpxeScript, HttpError> {
    let answer = app.orchestrator.answer_boot(&opened, origin).await?;
    answer.script.try_into()
}

/// The canary, and every path that does not exist.
pub(super) async fn nothing() -> HttpError {
    HttpError::NotFound
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::boot::CLAIMED_SCRIPT;

    #[test]
    fn what_is_no_script_never_goes_out() {
        assert!(IpxeScript::try_from("<html>".to_owned()).is_err());
        assert!(IpxeScript::try_from(CLAIMED_SCRIPT.to_owned()).is_ok());
    }
}
