//! JSON in and out, and queries.

use super::{App, problem::Problem};
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// The largest body, in bytes.
const MOST: usize = 1024 * 1024;

/// JSON. As an argument it wants the type `application/json`, which no form of another site sends.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if kind != Some("application/json") {
            return Err(Problem::invalid("send JSON with `Content-Type: application/json`"));
        }
        let body = to_bytes(request.into_body(), MOST).await;
        let body =
            body.map_err(|_| Problem::invalid("the body is longer than 1 MiB, or was cut"))?;
        let read = serde_json::from_slice(&body);
        read.map(Self).map_err(|error| Problem::invalid(format!("the JSON is wrong: {error}")))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let body = match serde_json::to_vec(&self.0) {
            Ok(body) => body,
            Err(error) => return Problem::internal(&error.to_string()).into_response(),
        };
        let mut response = Response::new(Body::from(body));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}

/// The same, of something that was made just now.
pub(super) struct Created<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// The query. What is not known is refused.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        read.map(|query| Self(query.0)).map_err(|error| Problem::invalid(error.body_text()))
    }
}

/// One part of the path, read as a `T`.
pub(super) struct Path<T>(pub(super) T);

impl<T> FromRequestParts<Arc<App>> for Path<T>
where
    T: std::str::FromStr<Err: std::fmt::Display> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let text = axum::extract::Path::<String>::from_request_parts(parts, app).await;
        let text = text.map_err(|error| Problem::invalid(error.body_text()))?;
        // A name that cannot be is not there.
        text.0.parse().map(Self).map_err(|error| Problem::not_found(format!("{error}")))
    }
}
