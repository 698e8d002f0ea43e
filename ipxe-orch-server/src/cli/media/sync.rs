//! `media sync`

use super::{tell, tenths};
use crate::{
    cli::{
        context::{Context, Session},
        error::{CliError, CliResult, failed},
        output::{Output, note},
    },
    media::{Fetched, SyncState},
    service::media::{FetchMedia, FetchStep},
    view::{FetchedView, MediaSyncView},
};
use clap::Args;
use ipxe_orch_backends::local::DataDir;
use ipxe_orch_core::{boot::ServerUrl, names::SetName};
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct SyncArgs {
    /// The sets; by default all sets of the other server
    #[arg(value_name = "SET")]
    names: Vec<SetName>,
    /// The URL of the other server, with its base path. It must be of the same installation, with
    /// the same keys
    #[arg(long, value_name = "URL")]
    from: ServerUrl,
    /// For https://, the certificate of the CA (PEM) instead of those that this machine trusts
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Show what would be fetched, and fetch nothing
    #[arg(long)]
    dry_run: bool,
}

impl SyncArgs {
    /// Looks for the keys before the database: whoever makes a database without them makes new
    /// ones, too, which the other server does not know.
    pub(super) fn needs_keys(&self, session: &Session) -> CliResult {
        let path = DataDir::at(&session.config.data_dir.value).keys();
        if !matches!(path.try_exists(), Ok(false)) {
            return Ok(());
        }
        let (path, from) = (path.display(), &self.from);
        failed(format!(
            "{path}: there is no key file: servers of one installation have the same keys, bring \
             the one of {from} here"
        ))
    }
}

pub(super) async fn run(args: SyncArgs, context: &Context) -> CliResult {
    let read = |path: &PathBuf| fs::read(path).map_err(|e| CliError::file("read", path, &e));
    let authority = args.ca.as_ref().map(read).transpose()?;
    let SyncArgs { names, from, dry_run, .. } = args;
    let request = FetchMedia { from: from.clone(), names, authority, dry_run };
    let unsaid = Arc::new(OnceLock::new());
    let told = told(context.out, dry_run, unsaid.clone());
    let fetched = context.runtime.media_service().fetch(&context.caller, request, told).await?;
    if let Some(error) = unsaid.get() {
        return Err(error.clone());
    }
    if context.out.json {
        let sets = fetched.media.iter().map(FetchedView::from).collect();
        context.out.json(&MediaSyncView { from, dry_run, sets })?;
    } else if fetched.media.is_empty() {
        context.out.line(format_args!("{from} has no media sets"))?;
    }
    tell(&fetched.profiles);
    Ok(())
}

/// Says how far it is; what could not be said is kept for later.
fn told(
    out: Output,
    dry_run: bool,
    unsaid: Arc<OnceLock<CliError>>,
) -> impl FnMut(FetchStep<'_>) + Send + 'static {
    let mut of_sets = BTreeMap::new();
    move |step| match step {
        FetchStep::Moved { set, done, total } => {
            let tenths = of_sets.entry(set.clone()).or_insert_with(tenths);
            if let Some(far) = tenths(done, total) {
                note(format_args!("{set}: {far}"));
            }
        }
        FetchStep::Fetched(fetched) if !out.json => {
            if let Err(error) = say(fetched, dry_run, out) {
                unsaid.set(error).ok();
            }
        }
        FetchStep::Fetched(_) => {}
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
