//! `media sync`

use crate::{
    cli::{
        context::Session,
        error::{CliError, CliResult, failed},
        output::{Output, note},
    },
    config::Config,
    media::{Fetched, Peer, SyncError, SyncState, fetch},
    view::{FetchedView, MediaSyncView},
};
use clap::Args;
use ipxe_orch_backends::local::{DataDir, FileKeys, SystemClock, SystemRandom};
use ipxe_orch_core::{boot::ServerUrl, media::Offers, names::SetName};
use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc};

/// Below this, progress is not worth a line, in bytes.
const LARGE: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(in crate::cli) struct SyncArgs {
    /// The sets; all that the other server has without
    #[arg(value_name = "SET")]
    names: Vec<SetName>,
    /// The other server, with its base path: a server of the same installation, which has the same keys
    #[arg(long, value_name = "URL")]
    from: ServerUrl,
    /// For https://, the certificate of the CA (PEM) instead of those that this machine trusts
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Say what would be fetched, and fetch nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(args: SyncArgs, session: Session) -> CliResult {
    let peer = peer(&args, &session.config)?;
    let (root, out) = (session.config.media_dir.value, session.out);
    let work = move || {
        let offers = peer.offers()?;
        let wanted = wanted(&args, &offers)?;
        let mut all = Vec::new();
        for (name, offered) in offers.sets.iter().filter(|(name, _)| wanted.contains(name)) {
            let fetched =
                fetch(&root, &peer, name, offered, args.dry_run, &mut progress(name.clone()))?;
            if !out.json {
                say(&fetched, args.dry_run, out)?;
            }
            all.push(fetched);
        }
        if out.json {
            let sets = all.iter().map(FetchedView::from).collect();
            let (from, dry_run) = (args.from, args.dry_run);
            return out.json(&MediaSyncView { from, dry_run, sets });
        }
        if all.is_empty() {
            out.line(format_args!("{} has no media sets", args.from))
        } else {
            Ok(())
        }
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| failed(format!("the work was cut off: {error}")))
}

/// The database is not needed, nor made.
fn peer(args: &SyncArgs, config: &Config) -> CliResult<Peer> {
    let path = DataDir::open(&config.data_dir.value)?.keys();
    let keys = FileKeys::open(&path, Arc::new(SystemClock)).map_err(|error| {
        if !error.is_not_found() {
            return CliError::from(error);
        }
        let (path, from) = (path.display(), &args.from);
        CliError::Failed(format!(
            "{path}: there is no key file: servers of one installation have the same keys, bring \
             the one of {from} here"
        ))
    })?;
    let authority = args
        .ca
        .as_ref()
        .map(|path| fs::read(path).map_err(|error| CliError::file("read", path, &error)));
    let authority = authority.transpose()?;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Ok(Peer::new(args.from.clone(), authority.as_deref(), Arc::new(keys), clock, random)?)
}

fn wanted<'a>(args: &'a SyncArgs, offers: &'a Offers) -> CliResult<BTreeSet<&'a SetName>> {
    if args.names.is_empty() {
        return Ok(offers.sets.keys().collect());
    }
    let absent = args.names.iter().find(|name| !offers.sets.contains_key(*name));
    match absent {
        None => Ok(args.names.iter().collect()),
        Some(set) => {
            let has = offers.sets.keys().cloned().collect();
            Err(SyncError::NoSuchSet { server: args.from.clone(), set: set.clone(), has }.into())
        }
    }
}

fn progress(name: SetName) -> impl FnMut(u64, u64) {
    let mut shown = 0;
    move |done, total| {
        let tenth = done.saturating_mul(10) / total.max(1);
        if total >= LARGE && tenth > shown {
            shown = tenth;
            note(format_args!("{name}: {} of {} MiB", done >> 20, total >> 20));
        }
    }
}

fn say(fetched: &Fetched, dry_run: bool, out: Output) -> CliResult {
    let Fetched { name, state, contents, bytes, already, replaced, .. } = fetched;
    let (would, mib) = (if dry_run { "would have " } else { "" }, bytes.div_ceil(1 << 20));
    let what = match state {
        SyncState::Same => return out.line(format_args!("nothing to do: {name}")),
        SyncState::New => "fetched",
        SyncState::Completed => "completed",
        SyncState::Replaced => "replaced",
    };
    let came = format!("{contents} contents ({mib} MiB) came, {already} were here");
    match replaced {
        Some(before) => out.line(format_args!("{would}{what} {name}, which was {before}: {came}")),
        None => out.line(format_args!("{would}{what} {name}: {came}")),
    }
}
