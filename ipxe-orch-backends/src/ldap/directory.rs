//! The login service.

use super::{
    account::{self, Before},
    connection::Connection,
    controllers::Controllers,
    error::{Fault, InvalidDirectory, Trouble},
    groups::{Membership, Reader},
    options::DirectoryOptions,
    person::{self, Found},
    probe::{self, Proof},
    settings::Settings,
    tls,
};
use async_trait::async_trait;
use ipxe_orch_core::{
    auth::{Authenticator, Group, Password, Person, PersonId, Refusal, SignInError},
    names::RealmName,
    time::{Clock, Timestamp},
};
use rustls::ClientConfig;
use std::{
    fmt,
    future::Future,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// After a refused bind account, how long nobody asks with its password again: each try counts, and
/// the account would be locked.
const PAUSE: Duration = Duration::from_secs(10);

/// Logins at a directory: Active Directory, OpenLDAP and others.
///
/// Each login has connections of its own, because controllers drop idle ones, and because a bind
/// changes who asks. Who has the name is searched for with the account of the options; then the
/// password is tried once, at the controller that knew the person.
///
/// # Failures
/// A controller that does not answer, or is busy, is left for the next one, and is asked last for 30 s.
/// No other controller is asked once one has said no, or has got the password and said nothing: the
/// password might count twice.
pub struct Directory {
    pub(super) settings: Settings,
    pub(super) tls: Arc<ClientConfig>,
    clock: Arc<dyn Clock>,
    controllers: Controllers,
    /// Whether a controller has shown that the group strategy works.
    proved: AtomicBool,
    /// When the bind account was refused.
    refused: Mutex<Option<Timestamp>>,
}

/// Without the password, which is not kept.
impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("realm", &self.settings.realm).finish_non_exhaustive()
    }
}

impl Directory {
    /// The directory of these options. Nothing is connected to yet: [`probe`](Self::probe) does that.
    ///
    /// `credentials` is the folder of systemd's credentials, which the variable
    /// `CREDENTIALS_DIRECTORY` names.
    ///
    /// # Errors
    /// [`InvalidDirectory`] names the option and the remedy.
    pub fn open(
        options: &DirectoryOptions,
        credentials: Option<&Path>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidDirectory> {
        let settings = Settings::new(options, credentials)?;
        Ok(Self {
            tls: tls::client(options)?,
            controllers: Controllers::new(settings.controllers.len()),
            settings,
            clock,
            proved: AtomicBool::new(false),
            refused: Mutex::new(None),
        })
    }

    /// Asks a controller whether it is what the options say, and whether the group strategy works
    /// there. The first login does the same, unless this was done.
    ///
    /// # Errors
    /// [`SignInError::Unavailable`] with the remedy.
    pub async fn probe(&self) -> Result<(), SignInError> {
        self.within(self.on_each(|index| async move { self.service(index).await.map(drop) })).await
    }

    /// The groups of this name, so that a role can be bound to the id of one.
    ///
    /// # Errors
    /// [`SignInError::Unavailable`] if no controller gives a usable answer.
    pub async fn group(&self, name: &str) -> Result<Vec<Group>, SignInError> {
        self.within(self.on_each(|index| async move {
            let at = self.service(index).await?;
            Ok(probe::group(self.reader(&at), name).await?)
        }))
        .await
    }

    pub(super) fn reader<'a>(&'a self, at: &'a Connection) -> Reader<'a> {
        Reader { settings: &self.settings, at }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits for the answer until the deadline of the whole call.
    pub(super) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, SignInError> {
        let deadline = self.settings.deadlines.call;
        let answer = tokio::time::timeout(deadline, call).await;
        let late = || {
            let seconds = deadline.as_secs();
            Trouble::Fault(Fault::stop(format!("no answer within {seconds} s (`call_seconds`)")))
        };
        answer.unwrap_or_else(|_| Err(late())).map_err(|trouble| trouble.told(&self.settings.realm))
    }

    /// Asks one controller after another, until one has an answer.
    async fn on_each<T, F: Future<Output = Result<T, Trouble>>>(
        &self,
        ask: impl Fn(usize) -> F,
    ) -> Result<T, Trouble> {
        let mut told = Vec::new();
        let mut last = None;
        for index in self.controllers.order(self.now()) {
            let attempt = Attempt { directory: self, index };
            let answer = ask(index).await;
            attempt.ended();
            match answer {
                Err(Trouble::Fault(mut fault)) => {
                    fault.text = format!("{}: {}", self.url(index), fault.text);
                    if !fault.next {
                        return Err(fault.into());
                    }
                    tracing::warn!(realm = %self.settings.realm, "a controller gives no answer: {}", fault.text);
                    self.controllers.note(index, Some(self.now()));
                    told.push(std::mem::take(&mut fault.text));
                    last = Some(fault);
                }
                answer => {
                    self.controllers.note(index, None);
                    return answer;
                }
            }
        }
        let fault = last.unwrap_or_else(|| Fault::next(""));
        Err(Fault { text: told.join("; "), ..fault }.into())
    }

    pub(super) fn url(&self, index: usize) -> &str {
        self.settings.controllers.get(index).map_or("", |controller| controller.url.as_str())
    }

    /// A new connection, on which nobody has signed in.
    pub(super) async fn connect(&self, index: usize) -> Result<Connection, Fault> {
        let Some(controller) = self.settings.controllers.get(index) else {
            return Err(Fault::next("no such controller"));
        };
        Connection::open(controller, &self.tls, &self.settings.deadlines).await
    }

    /// A new connection of the account that searches. The first one proves the options.
    async fn service(&self, index: usize) -> Result<Connection, Trouble> {
        let at = self.connect(index).await?;
        self.bind_own(&at).await?;
        if !self.proved.load(Ordering::Relaxed) {
            let proof = probe::prove(self.reader(&at)).await?;
            self.proved.store(proof == Proof::Works, Ordering::Relaxed);
        }
        Ok(at)
    }

    /// Signs the account in that searches.
    pub(super) async fn bind_own(&self, at: &Connection) -> Result<(), Fault> {
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        if refused.is_some_and(|at| at <= now && now < at.plus(PAUSE)) {
            let seconds = PAUSE.as_secs();
            let why = "`bind_name` was refused a moment ago, and each try counts against it";
            return Err(Fault::stop(format!("{why}: check its password, and wait {seconds} s")));
        }
        let password = self.settings.password.read().await?;
        let answer = at.bind(&self.settings.bind_name, &password, !self.settings.is_ad()).await?;
        let judged = answer.judge_own("bind as `bind_name`");
        let is_refused = judged.as_ref().is_err_and(|fault| fault.code == Some(49));
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = is_refused.then_some(now);
        judged
    }

    /// Whether the account may sign in, as far as its attributes tell.
    pub(super) fn state(
        &self,
        found: &Found,
        before: Before,
    ) -> Result<Result<(), Refusal>, Fault> {
        account::state(self.settings.kind, &found.entry, self.now(), before)
    }

    /// Finds the person and tries the password, both at one controller.
    async fn verify(
        &self,
        index: usize,
        name: &str,
        password: &Password,
    ) -> Result<Verified, Trouble> {
        let at = self.service(index).await?;
        let found = person::by_name(&self.settings, &at, name).await?;
        self.state(&found, Before::Bind)??;
        let own = self.connect(index).await?;
        let bound = own.bind(&found.entry.dn, password.reveal(), !self.settings.is_ad()).await;
        // From here on the password may have counted.
        let answer = bound.map_err(Fault::only_here)?;
        answer.judge("bind").map_err(Fault::only_here)??;
        Ok(Verified { at, found })
    }

    /// The person with its groups.
    async fn complete(&self, at: &Connection, found: Found) -> Result<Person, Trouble> {
        let groups: Membership = self.reader(at).of(&found, self.settings.strategy).await?;
        let mut person = found.person;
        person.groups = groups.groups();
        Ok(person)
    }

    async fn again(&self, index: usize, id: &PersonId) -> Result<Person, Trouble> {
        let at = self.service(index).await?;
        let found = person::by_id(&self.settings, &at, id).await?;
        self.state(&found, Before::Nothing)??;
        self.complete(&at, found).await
    }
}

/// A controller that is asked. If the time of the call is over before its answer, it is asked last the
/// next time.
struct Attempt<'a> {
    directory: &'a Directory,
    index: usize,
}

impl Attempt<'_> {
    fn ended(self) {
        std::mem::forget(self);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.directory.controllers.note(self.index, Some(self.directory.now()));
    }
}

/// A person whose password was right, and the connection that found it.
struct Verified {
    at: Connection,
    found: Found,
}

#[async_trait]
impl Authenticator for Directory {
    fn realm(&self) -> &RealmName {
        &self.settings.realm
    }

    async fn sign_in(&self, name: &str, password: &Password) -> Result<Person, SignInError> {
        self.within(async {
            let verified = self.on_each(|index| self.verify(index, name, password)).await?;
            let Verified { at, found } = verified;
            let id = found.person.id.clone();
            match self.complete(&at, found).await {
                // The password was right, so another controller may tell the groups.
                Err(Trouble::Fault(fault)) if fault.next => {
                    self.on_each(|index| self.again(index, &id)).await
                }
                answer => answer,
            }
        })
        .await
    }

    async fn find(&self, name: &str) -> Result<PersonId, SignInError> {
        let found = self.within(self.on_each(|index| async move {
            let at = self.service(index).await?;
            Ok(person::by_name(&self.settings, &at, name).await?.person.id)
        }));
        found.await.map_err(|error| match error {
            // Without a password there is only one reason for this.
            SignInError::Refused(Refusal::Credentials) => Refusal::Gone.into(),
            error => error,
        })
    }

    async fn refresh(&self, person: &PersonId) -> Result<Person, SignInError> {
        self.within(self.on_each(|index| self.again(index, person))).await
    }
}
