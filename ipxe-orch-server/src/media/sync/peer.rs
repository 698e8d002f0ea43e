//! Requests to another server.

use super::{
    error::SyncError,
    pace::{Pace, TooSlow},
};
use ipxe_orch_core::{
    boot::ServerUrl,
    digest::Digest,
    media::{ANSWER_HEADER, Exchange, MediaBlob, Offers, PeerRequest, Peers, SKEW},
    orchestrator::Orchestrator,
    stores::StoreError,
    time::Timestamp,
};
use reqwest::{
    Certificate, Client, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_RANGE, DATE, HeaderValue, RANGE},
    redirect::Policy,
};
use std::{error::Error, io, iter::successors, sync::Arc, time::Duration};
use tokio::runtime::Handle;

/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest wait for the next bytes.
const IDLE: Duration = Duration::from_secs(30);
/// The longest list of sets in bytes, enough for some 30,000 sets.
const LIST: usize = 4 << 20;

/// Another server of the installation, from which media are fetched.
///
/// It is asked directly: proxies from the environment are not used, redirects are not followed, and
/// cookies are not stored.
pub struct Peer {
    client: Client,
    server: ServerUrl,
    orchestrator: Arc<Orchestrator>,
    runtime: Handle,
}

/// How a try to fetch content ended.
pub(super) enum Ended {
    /// Another try may succeed.
    Broken(Box<dyn Error + Send + Sync>),
    /// No other try will succeed.
    For(SyncError),
}

/// Takes the bytes of content as they arrive.
pub(super) type Each<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), SyncError>;

impl Peer {
    /// The server at `server`, which must know one of the keys of `orchestrator`. For https:// it
    /// must have a certificate of the CA in `authority` (PEM), or without one, of a CA that this
    /// machine trusts.
    ///
    /// # Errors
    /// [`SyncError::Authority`] if `authority` has no usable certificate, [`SyncError::Client`] if
    /// TLS is not available.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn new(
        server: ServerUrl,
        authority: Option<&[u8]>,
        orchestrator: Arc<Orchestrator>,
    ) -> Result<Self, SyncError> {
        // A program that embeds this server may have chosen a provider before, so an error is
        // ignored.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT)
            .read_timeout(IDLE)
            .pool_idle_timeout(IDLE);
        if let Some(authority) = authority {
            let roots = Certificate::from_pem_bundle(authority).map_err(SyncError::Authority)?;
            builder = builder.tls_certs_only(roots);
        } else if !server.is_https() {
            // Without TLS the CAs of this machine are not needed, and they may be missing.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| SyncError::Client(server.clone(), error))?;
        Ok(Self { client, server, orchestrator, runtime: Handle::current() })
    }

    /// The URL of the server.
    pub const fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// The sets that the server has. This blocks, so an asynchronous task must not call it
    /// directly.
    ///
    /// # Errors
    /// [`SyncError`] with the reason why the list is not available.
    pub fn offers(&self) -> Result<Offers, SyncError> {
        self.runtime.block_on(self.list())
    }

    async fn list(&self) -> Result<Offers, SyncError> {
        let (response, exchange) = self.ask("/media/v1/sets", 0).await?;
        let response = response.map_err(|error| self.unreachable(error))?;
        let (status, server) = (response.status(), self.server.clone());
        match status {
            StatusCode::OK => self.sealed(response, &exchange).await,
            StatusCode::NOT_FOUND => Err(self.why_refused(&response, &exchange).await),
            status if status.is_server_error() => {
                Err(SyncError::Failing { server, status: status.as_u16() })
            }
            _ => Err(SyncError::NotAServer(server)),
        }
    }

    /// Sends a request. The result has what is needed to check the answer.
    async fn ask(
        &self,
        target: &str,
        from: u64,
    ) -> Result<(reqwest::Result<Response>, Exchange), SyncError> {
        let request = PeerRequest { method: "GET", target };
        let issued = Peers::new(self.orchestrator.keys())
            .issue(request, self.orchestrator.now(), self.orchestrator.random())
            .await;
        let (shown, exchange) = issued.map_err(|error| match error {
            StoreError::NotFound => SyncError::NoKey,
            other => SyncError::Keys(other),
        })?;
        let url = format!("{}{target}", self.server);
        let mut request = self.client.get(url).header(AUTHORIZATION, shown.to_string());
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        Ok((request.send().await, exchange))
    }

    fn unreachable(&self, error: reqwest::Error) -> SyncError {
        let (server, error) = (self.server.clone(), Box::new(error.without_url()));
        if is_untrusted(error.as_ref()) {
            SyncError::Untrusted(server, error)
        } else {
            SyncError::Unreachable(server, error)
        }
    }

    async fn sealed(
        &self,
        mut response: Response,
        exchange: &Exchange,
    ) -> Result<Offers, SyncError> {
        let seal = response.headers().get(ANSWER_HEADER).and_then(|seal| seal.to_str().ok());
        // A captive portal answers 200 to everything, but without this header.
        let seal = seal.ok_or_else(|| SyncError::NotAServer(self.server.clone()))?.to_owned();
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        let mut pace = Pace::new();
        let slow = |slow: TooSlow| SyncError::Unreachable(self.server.clone(), slow.into());
        let failed = |error| self.unreachable(error);
        while let Some(bytes) =
            pace.wait(async || response.chunk().await).await.map_err(slow)?.map_err(failed)?
        {
            pace.count(&bytes);
            if body.len().saturating_add(bytes.len()) > LIST {
                return Err(self.no_list(&"it is longer than 4 MiB"));
            }
            body.extend_from_slice(&bytes);
        }
        if !exchange.is_answer(&seal, status, &Digest::of(&body)) {
            return Err(SyncError::Forged(self.server.clone()));
        }
        serde_json::from_slice(&body).map_err(|error| self.no_list(&error))
    }

    fn no_list(&self, why: &impl ToString) -> SyncError {
        SyncError::List { server: self.server.clone(), why: why.to_string() }
    }

    /// Finds out why a request was refused. A server tells strangers nothing, but its clock and its
    /// health are public, and they show the most likely reason.
    async fn why_refused(&self, refusal: &Response, exchange: &Exchange) -> SyncError {
        let (server, key) = (self.server.clone(), exchange.key());
        let health = self.client.get(format!("{server}/healthz")).send().await;
        let body = match health {
            Ok(mut response) if response.status().is_success() => response.chunk().await,
            _ => return SyncError::NotAServer(server),
        };
        if !body.is_ok_and(|body| body.is_some_and(|body| body.as_ref() == b"ok\n")) {
            return SyncError::NotAServer(server);
        }
        let date = refusal.headers().get(DATE).and_then(|date| date.to_str().ok());
        let apart = date.and_then(time_of).map(|there| {
            let here = self.orchestrator.now().as_millis();
            Duration::from_millis(there.as_millis().abs_diff(here))
        });
        match apart {
            Some(apart) if apart > SKEW => SyncError::Clock { server, seconds: apart.as_secs() },
            _ => SyncError::UnknownKey { server, key },
        }
    }

    /// One try to receive `wanted` from byte `from` on. `path` is used in errors.
    pub(super) fn content(
        &self,
        path: &str,
        wanted: &MediaBlob,
        from: u64,
        each: Each<'_>,
    ) -> Result<(), Ended> {
        self.runtime.block_on(self.receive(path, wanted, from, each))
    }

    async fn receive(
        &self,
        path: &str,
        wanted: &MediaBlob,
        from: u64,
        each: Each<'_>,
    ) -> Result<(), Ended> {
        let target = format!("/media/v1/blobs/{}", wanted.sha256);
        let (response, _) = self.ask(&target, from).await.map_err(Ended::For)?;
        let mut response = response.map_err(broken)?;
        let mut skip = beginning(&response, path, wanted, from)?;
        let mut missing = wanted.size.saturating_sub(from);
        let mut pace = Pace::new();
        let slow = |slow: TooSlow| Ended::Broken(slow.into());
        while let Some(bytes) =
            pace.wait(async || response.chunk().await).await.map_err(slow)?.map_err(broken)?
        {
            pace.count(&bytes);
            let new = usize::try_from(skip).ok().and_then(|skip| bytes.get(skip..));
            let new = new.unwrap_or_default();
            skip = skip.saturating_sub(len(&bytes));
            missing = missing.checked_sub(len(new)).ok_or_else(|| wrong(path))?;
            each(new).map_err(Ended::For)?;
        }
        if missing > 0 { Err(Ended::Broken("the answer is too short".into())) } else { Ok(()) }
    }
}

/// The number of bytes of the body that come before `from`. A server that does not send a part
/// sends everything from the beginning.
fn beginning(response: &Response, path: &str, wanted: &MediaBlob, from: u64) -> Result<u64, Ended> {
    let status = response.status();
    let skip = match status {
        StatusCode::OK => from,
        StatusCode::PARTIAL_CONTENT => 0,
        StatusCode::NOT_FOUND => return Err(Ended::For(SyncError::Lost(path.to_owned()))),
        _ => return Err(Ended::Broken(format!("the server answered with status {status}").into())),
    };
    let told = response.content_length();
    let comes = wanted.size.saturating_sub(from).saturating_add(skip);
    let last = wanted.size.saturating_sub(1);
    let range = format!("bytes {from}-{last}/{}", wanted.size);
    let part = response.headers().get(CONTENT_RANGE).map(HeaderValue::as_bytes);
    let right = skip == from || part == Some(range.as_bytes());
    if right && told.is_none_or(|told| told == comes) { Ok(skip) } else { Err(wrong(path)) }
}

fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let mut all = successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        // The source of an `io::Error` is the source of the error in it, so that error itself must
        // be looked at.
        Some(outer) => outer.get_ref().map(|inner| -> &(dyn Error + 'static) { inner }),
        None => error.source(),
    });
    all.any(|error| matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

fn broken(error: reqwest::Error) -> Ended {
    Ended::Broken(Box::new(error.without_url()))
}

fn wrong(path: &str) -> Ended {
    Ended::For(SyncError::Wrong(path.to_owned()))
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The time of a `Date` header (RFC 9110 section 5.6.7).
fn time_of(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(parsed.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_header_is_read() {
        let time = time_of("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(time, Timestamp::from_millis(784_111_777_000));
        assert_eq!(time_of("yesterday"), None);
    }
}
