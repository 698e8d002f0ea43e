//! Sets are fetched from another server of the installation.

use super::{MediaService, Taken};
use crate::{
    media::{Fetched, Peer, SyncError, fetch},
    service::{
        ServiceError,
        work::{blocking, end},
    },
};
use ipxe_orch_core::{
    auth::ChangeHosts, boot::ServerUrl, media::Offers, names::SetName, orchestrator::Caller,
};
use std::collections::BTreeSet;

/// Which sets are fetched, and from where.
#[derive(Clone, Debug)]
pub struct FetchMedia {
    /// The other server, with its base path.
    pub from: ServerUrl,
    /// The sets; all that the other server has if there are none.
    pub names: Vec<SetName>,
    /// For https://, certificates of CAs (PEM) instead of those that this machine trusts.
    pub authority: Option<Vec<u8>>,
    /// Find out what would be fetched, and fetch nothing.
    pub dry_run: bool,
}

/// How far a fetch is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FetchStep<'a> {
    /// So many bytes of a set are done.
    Moved {
        /// The set.
        set: &'a SetName,
        /// So many,
        done: u64,
        /// of so many.
        total: u64,
    },
    /// A set is done.
    Fetched(&'a Fetched),
}

impl MediaService {
    /// Fetches sets from another server of the installation, and pins the profiles that take files
    /// of them; `told` is told how far it is.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or not all sets could be fetched; those before it are here.
    pub async fn fetch(
        &self,
        caller: &Caller,
        request: FetchMedia,
        told: impl FnMut(FetchStep<'_>) + Send + 'static,
    ) -> Result<Taken<Vec<Fetched>>, ServiceError<SyncError>> {
        const ACTION: &str = "media.sync";
        let detail = about(&request);
        if request.dry_run {
            let detail = Some(detail.as_str());
            self.orchestrator.authorize_for_all::<ChangeHosts>(caller, ACTION, detail).await?;
            let media = self.run(request, told).await?;
            return Ok(Taken { media, profiles: Vec::new() });
        }
        let task = self.begin(caller, ACTION, detail).await?;
        let from = request.from.clone();
        let done = self.run(request, told).await;
        let fetched = end(task, done, |sets| {
            format!("from {from}: {}", listed(sets.iter().map(|set| &set.name)))
        });
        self.pin(caller, fetched.await?).await
    }

    async fn run(
        &self,
        request: FetchMedia,
        mut told: impl FnMut(FetchStep<'_>) + Send + 'static,
    ) -> Result<Vec<Fetched>, ServiceError<SyncError>> {
        let FetchMedia { from, names, authority, dry_run } = request;
        let (orchestrator, root) = (self.orchestrator.clone(), self.root());
        blocking(move || {
            let peer = Peer::new(from.clone(), authority.as_deref(), orchestrator)?;
            let offers = peer.offers()?;
            let wanted = wanted(&from, &names, &offers)?;
            let mut all = Vec::new();
            for (set, offered) in offers.sets.iter().filter(|(name, _)| wanted.contains(name)) {
                let mut moved = |done, total| told(FetchStep::Moved { set, done, total });
                let fetched = fetch(&root, &peer, set, offered, dry_run, &mut moved)?;
                told(FetchStep::Fetched(&fetched));
                all.push(fetched);
            }
            Ok(all)
        })
        .await
    }
}

fn wanted<'a>(
    from: &ServerUrl,
    names: &'a [SetName],
    offers: &'a Offers,
) -> Result<BTreeSet<&'a SetName>, SyncError> {
    if names.is_empty() {
        return Ok(offers.sets.keys().collect());
    }
    match names.iter().find(|name| !offers.sets.contains_key(*name)) {
        None => Ok(names.iter().collect()),
        Some(set) => {
            let has = offers.sets.keys().cloned().collect();
            Err(SyncError::NoSuchSet { server: from.clone(), set: set.clone(), has })
        }
    }
}

fn about(request: &FetchMedia) -> String {
    let from = &request.from;
    if request.names.is_empty() {
        return format!("from {from}: all sets");
    }
    format!("from {from}: {}", listed(&request.names))
}

fn listed<'a>(names: impl IntoIterator<Item = &'a SetName>) -> String {
    let names: Vec<_> = names.into_iter().map(SetName::as_str).collect();
    if names.is_empty() { "no set".to_owned() } else { names.join(", ") }
}
