//! `audit verify`: every chain from its start, against heads that were kept elsewhere.

use super::{
    super::{
        error::CliError,
        output::{Output, note},
    },
    CliResult, Context, Session,
};
use crate::{
    service::{
        ServiceError,
        audit::{AuditError, GivenHeads, KeptHeads, VerifiedAudit, verify_export},
    },
    view::VerifiedView,
};
use clap::Args;
use ipxe_orch_backends::local::{DataDir, FileKeys, SystemClock};
use ipxe_orch_core::{
    audit::ChainHead,
    keys::{KeyProvider, KeyRing},
};
use std::{
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// An exported audit, instead of the one in the database. `-` reads the standard input
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// A file with sealed heads that were kept on another machine, one per line. Without it, a cut
    /// at the end and a forged chain are not noticed
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// The file may hold heads without a seal, as `audit verify --json` prints them. They prove
    /// something only if nobody could change that file
    #[arg(long, requires = "heads")]
    unsealed: bool,
    /// The file may lack entries and have some twice, as after a filter or where it was forwarded.
    /// Each line must be genuine all the same
    #[arg(long, requires = "file")]
    partial: bool,
}

pub(super) async fn run(args: &VerifyArgs, context: &Context) -> CliResult {
    let kept = args.kept()?;
    let service = context.runtime.audit_service();
    let verified = service.verify(&context.caller, args.given(kept.as_deref())).await;
    let verified = verified.map_err(|error| failed(error, args.heads.as_deref(), None))?;
    show(verified, context.out)
}

/// An exported audit. Keys are needed for seals alone.
pub(super) async fn file(args: &VerifyArgs, file: &Path, session: &Session) -> CliResult {
    let kept = args.kept()?;
    let path = DataDir::at(&session.config.data_dir.value).keys();
    let keys: Box<dyn KeyProvider> = if path.exists() {
        Box::new(FileKeys::open(&path, Arc::new(SystemClock))?)
    } else {
        Box::new(KeyRing::default())
    };
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let opened = fs::File::open(file);
        Box::new(BufReader::new(opened.map_err(|error| CliError::file("read", file, &error))?))
    };
    let given = args.given(kept.as_deref());
    let verified = verify_export(input.lines(), keys.as_ref(), given, args.partial).await;
    let verified = verified
        .map_err(|error| failed(ServiceError::Work(error), args.heads.as_deref(), Some(file)))?;
    show(verified, session.out)
}

impl VerifyArgs {
    fn kept(&self) -> CliResult<Option<String>> {
        let read = |path: &PathBuf| {
            fs::read_to_string(path).map_err(|error| CliError::file("read", path, &error))
        };
        self.heads.as_ref().map(read).transpose()
    }

    const fn given<'a>(&self, kept: Option<&'a str>) -> Option<GivenHeads<'a>> {
        match kept {
            Some(text) => Some(GivenHeads { text, unsealed: self.unsealed }),
            None => None,
        }
    }
}

fn show(verified: VerifiedAudit, out: Output) -> CliResult {
    let VerifiedAudit { entries, heads, kept, without_head, .. } = verified;
    if kept.is_some_and(|kept| !kept.sealed) {
        note("these heads have no seal: whoever could change the file could change them");
    }
    for chain in without_head {
        note(format_args!(
            "no head of chain {chain} was given: nobody would notice if it had been cut or forged"
        ));
    }
    if out.json {
        return out.json(&VerifiedView { entries, heads, kept: kept.map(Into::into) });
    }
    out.line(format_args!("the audit is whole: {entries} entries"))?;
    if let Some(KeptHeads { count, sealed, .. }) = kept {
        let unsealed = if sealed { "" } else { "unsealed " };
        out.line(format_args!("it has all of the {count} {unsealed}heads that were kept"))?;
    }
    heads.iter().try_for_each(|head| {
        let ChainHead { chain, sequence, hash } = head;
        out.line(format_args!("chain {chain} ends at entry {sequence} with {hash}"))
    })
}

/// The error with the file that it is about.
fn failed(
    error: ServiceError<AuditError>,
    heads: Option<&Path>,
    export: Option<&Path>,
) -> CliError {
    let file = heads.map(|file| file.display().to_string()).unwrap_or_default();
    match error {
        ServiceError::Work(AuditError::NoHeads) => CliError::Failed(format!(
            "{file} holds no audit heads: give a server's audit-heads.jsonl, or what `ipxe-orch audit \
             head --json` printed"
        )),
        ServiceError::Work(error @ AuditError::Unsealed) => CliError::Failed(format!(
            "{file}: {error}: give sealed heads, or allow these with --unsealed"
        )),
        ServiceError::Work(AuditError::Heads(error)) => CliError::from(error).in_context(file),
        other => match export {
            Some(export) => CliError::from(other).in_context(export.display()),
            None => other.into(),
        },
    }
}
