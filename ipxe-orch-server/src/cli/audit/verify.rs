//! `audit verify`: every chain from its start, against heads that were kept elsewhere.

use super::{
    super::{error::CliError, output::note},
    CliResult, Context,
};
use crate::{
    service::{
        ServiceError,
        audit::{AuditError, GivenHeads, KeptHeads, VerifiedAudit},
    },
    view::VerifiedView,
};
use clap::Args;
use ipxe_orch_core::audit::ChainHead;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A file with sealed heads that were kept on another machine, one per line. Without it, a cut
    /// at the end and a forged chain are not noticed
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// The file may hold heads without a seal, as `audit verify --json` prints them. They prove
    /// something only if nobody could change that file
    #[arg(long, requires = "heads")]
    unsealed: bool,
}

pub(super) async fn run(args: &VerifyArgs, context: &Context) -> CliResult {
    let read = |path: &PathBuf| {
        fs::read_to_string(path).map_err(|error| CliError::file("read", path, &error))
    };
    let kept = args.heads.as_ref().map(read).transpose()?;
    let service = context.runtime.audit_service();
    let given = kept.as_deref().map(|text| GivenHeads { text, unsealed: args.unsealed });
    let verified = service.verify(&context.caller, given).await;
    let verified = verified.map_err(|error| failed(error, args.heads.as_deref()))?;
    let VerifiedAudit { entries, heads, kept, without_head, .. } = verified;
    if kept.is_some_and(|kept| !kept.sealed) {
        note("these heads have no seal: whoever could change the file could change them");
    }
    for chain in without_head {
        note(format_args!(
            "no head of chain {chain} was given: nobody would notice if it had been cut or forged"
        ));
    }
    if context.out.json {
        return context.out.json(&VerifiedView { entries, heads, kept: kept.map(Into::into) });
    }
    context.out.line(format_args!("the audit is whole: {entries} entries"))?;
    if let Some(KeptHeads { count, sealed, .. }) = kept {
        let unsealed = if sealed { "" } else { "unsealed " };
        context
            .out
            .line(format_args!("it has all of the {count} {unsealed}heads that were kept"))?;
    }
    heads.iter().try_for_each(|head| {
        let ChainHead { chain, sequence, hash } = head;
        context.out.line(format_args!("chain {chain} ends at entry {sequence} with {hash}"))
    })
}

/// The error with the file that it is about.
fn failed(error: ServiceError<AuditError>, file: Option<&Path>) -> CliError {
    let file = file.map(|file| file.display().to_string()).unwrap_or_default();
    match error {
        ServiceError::Work(AuditError::NoHeads) => CliError::Failed(format!(
            "{file} holds no audit heads: give a server's audit-heads.jsonl, or what `ipxe-orch audit \
             head --json` printed"
        )),
        ServiceError::Work(error @ AuditError::Unsealed) => CliError::Failed(format!(
            "{file}: {error}: give sealed heads, or allow these with --unsealed"
        )),
        ServiceError::Work(AuditError::Heads(error)) => CliError::from(error).in_context(file),
        other => other.into(),
    }
}
