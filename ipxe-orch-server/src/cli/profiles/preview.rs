//! `profiles preview`

use super::{
    super::{
        context::Session,
        error::{CliResult, failed},
        output::note,
    },
    short,
};
use crate::view::PreviewView;
use clap::Args;
use ipxe_orch_core::{names::HostName, stores::HostKey};

#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// The name of the host
    #[arg(long, value_name = "NAME")]
    host: HostName,
    /// Show only this one: `script`, or the name of an answer file
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// Show secrets too; this leaves an audit entry
    #[arg(long)]
    secrets: bool,
}

pub(super) async fn run(args: PreviewArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let key = HostKey::Name(args.host);
    let mut preview = context.orchestrator().preview(&context.caller, &key, args.secrets).await?;
    let files = &mut preview.files;
    if let Some(wanted) = &args.file {
        let names: Vec<_> = files.iter().map(|file| file.name.clone()).collect();
        files.retain(|file| file.name == *wanted);
        if files.is_empty() {
            let wanted = ipxe_orch_core::text::shown(wanted);
            return failed(format!("there is no file `{wanted}`: there are {}", names.join(", ")));
        }
    }
    if context.out.json {
        return context.out.json(&PreviewView::from(&preview));
    }
    let version = &preview.version;
    let by = if preview.pinned { "as its mark pinned it" } else { "as a mark would pin it now" };
    note(format_args!("profile {}, version {}, {by}", version.profile().name, short(version)));
    for file in &preview.files {
        if args.file.is_none() {
            context.out.line(format_args!("==> {} <==", file.name))?;
        }
        context.out.data(&file.text)?;
        if !file.text.ends_with('\n') {
            context.out.line("")?;
        }
    }
    Ok(())
}
