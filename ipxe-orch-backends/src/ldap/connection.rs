//! The seam to the crate `ldap3`: one connection to one controller.
//!
//! `ldap3` expects well-formed answers and panics at others. So it runs in tasks of its own here: a
//! panic there is a [`Fault`], in programs whose panics unwind. Each step has a deadline, and nothing
//! goes on after it. `ldap3` copies a password and does not wipe its copy.

use super::{
    answer::{Answer, POLICY},
    entry::Entry,
    error::Fault,
    settings::{Controller, Deadlines},
};
use ipxe_orch_core::text::shown;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchOptions,
    controls::{Control, ControlType, PagedResults, RawControl},
};
use rustls::ClientConfig;
use std::{error::Error, future::Future, sync::Arc, time::Duration};
use tokio::task::{JoinError, JoinHandle};
use zeroize::Zeroizing;

/// Entries that are asked for at once: what Active Directory gives is at most 1,000.
const PAGE: usize = 500;

/// An open, encrypted connection. It is closed when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    ldap: Ldap,
    /// Speaks with the controller until it is dropped.
    _driver: Task<()>,
    operation: Duration,
}

/// A question about entries.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub base: String,
    pub filter: String,
    pub attributes: Vec<String>,
    /// The base alone, or all below it.
    pub deep: bool,
    /// Entries after which it stops.
    pub limit: usize,
}

/// The answer to a search.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub entries: Vec<Entry>,
    /// Hints to other servers. They are counted, and nobody follows them.
    pub referrals: usize,
}

impl Connection {
    /// Connects to a controller, which proves its name by its certificate before anything is said.
    pub(super) async fn open(
        controller: &Controller,
        tls: &Arc<ClientConfig>,
        deadlines: &Deadlines,
    ) -> Result<Self, Fault> {
        let settings =
            LdapConnSettings::new().set_config(Arc::clone(tls)).set_starttls(controller.start_tls);
        let url = controller.url.clone();
        let connected = guarded(deadlines.connect, "connect", async move {
            LdapConnAsync::from_url_with_settings(settings, &url).await
        });
        let (connection, ldap) =
            connected.await?.map_err(|error| unconnected(controller, error))?;
        let driver = Task(tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(error = %shown(&error.to_string()), "a connection to a directory ended");
            }
        }));
        Ok(Self { ldap, _driver: driver, operation: deadlines.operation })
    }

    /// The controller's certificate in DER.
    pub(super) async fn certificate(&self) -> Option<Vec<u8>> {
        let mut ldap = self.ldap.clone();
        let asked = async move { ldap.get_peer_certificate().await };
        guarded(self.operation, "read the certificate", asked).await.ok()?.ok()?
    }

    /// Signs in. With `policy`, the server is asked to say why it refuses.
    pub(super) async fn bind(
        &self,
        name: &str,
        password: &str,
        policy: bool,
    ) -> Result<Answer, Fault> {
        let (name, password) = (name.to_owned(), Zeroizing::new(password.to_owned()));
        // Servers take a bind without a name or password for success (RFC 4513 section 5.1.2).
        if name.is_empty() || password.is_empty() {
            return Err(Fault::stop("a bind without a name or a password proves nothing"));
        }
        let mut ldap = self.ldap.clone();
        let bound = guarded(self.operation, "bind", async move {
            if policy {
                ldap.with_controls(RawControl { ctype: POLICY.to_owned(), crit: false, val: None });
            }
            ldap.simple_bind(&name, &password).await
        });
        let result = bound.await?.map_err(|error| cut("bind", error))?;
        let of_policy = |control: &Control| control.1.ctype == POLICY;
        let policy = result.ctrls.into_iter().find(of_policy).and_then(|control| control.1.val);
        Ok(Answer { code: result.rc, text: result.text, policy })
    }

    /// Reads entries, page by page.
    pub(super) async fn search(&self, search: Search) -> Result<Found, Fault> {
        let (mut found, mut cookie) = (Found::default(), Vec::new());
        loop {
            let room = search.limit.saturating_sub(found.entries.len());
            let page = page(self.ldap.clone(), search.clone(), cookie, room);
            let page = guarded(self.operation, "search", page).await??;
            found.entries.extend(page.entries);
            found.referrals = found.referrals.saturating_add(page.referrals);
            cookie = page.cookie;
            if cookie.is_empty() || found.entries.len() >= search.limit {
                return Ok(found);
            }
        }
    }
}

#[derive(Debug, Default)]
struct Page {
    entries: Vec<Entry>,
    referrals: usize,
    cookie: Vec<u8>,
}

async fn page(mut ldap: Ldap, search: Search, cookie: Vec<u8>, room: usize) -> Result<Page, Fault> {
    let scope = if search.deep { Scope::Subtree } else { Scope::Base };
    if search.deep {
        let size = i32::try_from(room.min(PAGE)).unwrap_or(i32::MAX);
        ldap.with_controls(RawControl::from(PagedResults { size, cookie }));
    }
    ldap.with_search_options(SearchOptions::new());
    let Search { base, filter, attributes, .. } = search;
    let stream = ldap.streaming_search(&base, scope, &filter, attributes).await;
    let mut stream = stream.map_err(|error| cut("search", error))?;
    let mut page = Page::default();
    while let Some(entry) = stream.next().await.map_err(|error| cut("search", error))? {
        if entry.is_ref() {
            page.referrals = page.referrals.saturating_add(1);
        } else if !entry.is_intermediate() && page.entries.len() < room {
            page.entries.push(Entry::read(entry.0)?);
        }
    }
    let result = stream.finish().await;
    page.cookie = judged(&result, &base, room <= page.entries.len())?;
    Ok(page)
}

/// The cookie of the next page. A limit of the server counts only before our own.
fn judged(result: &LdapResult, base: &str, enough: bool) -> Result<Vec<u8>, Fault> {
    match result.rc {
        0 => {}
        4 if enough => return Ok(Vec::new()),
        code => {
            let doing = format!("search below `{}`", shown(base));
            return Err(Fault::code(&doing, code, &result.text));
        }
    }
    let pages = result.ctrls.iter().find(|c| matches!(c.0, Some(ControlType::PagedResults)));
    Ok(pages.map(|control| control.1.parse::<PagedResults>().cookie).unwrap_or_default())
}

/// A task that ends when nobody waits for it any more.
#[derive(Debug)]
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs a step in a task of its own, until its deadline.
async fn guarded<T: Send + 'static>(
    deadline: Duration,
    doing: &str,
    step: impl Future<Output = T> + Send + 'static,
) -> Result<T, Fault> {
    let mut task = Task(tokio::spawn(step));
    match tokio::time::timeout(deadline, &mut task.0).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(broken(doing, error)),
        Err(_) => {
            let seconds = deadline.as_secs_f32();
            Err(Fault::next(format!("{doing}: no answer within {seconds} s")))
        }
    }
}

fn broken(doing: &str, error: JoinError) -> Fault {
    Fault::next(format!("{doing}: the answer is not LDAP")).from(error)
}

/// A connection that ended before its answer.
fn cut(doing: &str, error: LdapError) -> Fault {
    match error {
        LdapError::FilterParsing => Fault::stop("a filter in the settings is not one (RFC 4515)"),
        error => {
            Fault::next(format!("{doing}: the connection ended before the answer")).from(error)
        }
    }
}

fn unconnected(controller: &Controller, error: LdapError) -> Fault {
    if let LdapError::LdapResult { result } = error {
        // The answer to StartTLS. Without it nothing more is said to this controller.
        let mut fault = Fault::code("StartTLS", result.rc, &result.text);
        fault.next = true;
        return fault;
    }
    let text = innermost(&error);
    let remedy = match () {
        () if text.contains("UnknownIssuer") || text.contains("CaUsedAsEndEntity") => {
            "; `ca_file` must have the authority that signed its certificate"
        }
        () if text.contains("not valid for name") || text.contains("NotValidForName") => {
            "; write the name in its certificate into `urls`"
        }
        () if text.contains("Expired") => {
            "; renew its certificate, or set the clock of this machine"
        }
        () if controller.start_tls => "; is this the port for ldap://, which is 389?",
        () => "",
    };
    Fault::next(format!("connect: {}{remedy}", shown(&text))).from(error)
}

/// The cause of an error, which says most.
fn innermost(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
