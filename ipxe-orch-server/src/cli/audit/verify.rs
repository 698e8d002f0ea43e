//! `audit verify`: every chain from its start, against heads that were kept elsewhere.

use super::{
    super::{
        error::{CliError, failed},
        output::note,
    },
    CliResult, Context, Pages,
};
use crate::view::VerifiedView;
use clap::Args;
use ipxe_orch_core::audit::{ChainHead, ChainVerifier, HeadsError, open_heads};
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A file with heads that were kept on another machine: sealed heads, one per line, or the
    /// output of `audit verify --json`. Without it, a cut at the end and a forged chain are not
    /// noticed
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
}

pub(super) async fn run(args: &VerifyArgs, context: &Context) -> CliResult {
    let heads = match &args.heads {
        Some(path) => read_heads(path, context).await?,
        None => Vec::new(),
    };
    let known = heads.len();
    let mut verifier = ChainVerifier::with_heads(heads);
    let mut pages = Pages::new(context);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            break;
        }
        page.iter().try_for_each(|entry| verifier.push(entry)).map_err(broken)?;
    }
    let (entries, heads) = verifier.finish().map_err(broken)?;
    if context.out.json {
        return context.out.json(&VerifiedView { entries, heads });
    }
    context.out.line(format_args!("the audit is whole: {entries} entries"))?;
    if args.heads.is_some() {
        context.out.line(format_args!("it has all of the {known} heads that were kept"))?;
    }
    heads.iter().try_for_each(|head| {
        let ChainHead { chain, sequence, hash } = head;
        context.out.line(format_args!("chain {chain} ends at entry {sequence} with {hash}"))
    })
}

fn broken(error: ipxe_orch_core::audit::ChainError) -> CliError {
    CliError::from(error).in_context("the audit is broken")
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Heads {
    Printed { heads: Vec<ChainHead> },
    Bare(Vec<ChainHead>),
}

/// Sealed heads, or bare ones, which are worth as much as the place where they were kept.
async fn read_heads(path: &Path, context: &Context) -> CliResult<Vec<ChainHead>> {
    let text = fs::read_to_string(path).map_err(|error| CliError::file("read", path, &error))?;
    if let Ok(Heads::Printed { heads } | Heads::Bare(heads)) = serde_json::from_str(&text) {
        note("these heads have no seal: whoever could change the file could change them");
        return Ok(heads);
    }
    match open_heads(&text, context.runtime.keys().as_ref()).await {
        Ok(sealed) if !sealed.is_empty() => Ok(sealed.iter().map(|sealed| sealed.head).collect()),
        Ok(_) | Err(HeadsError::Format(1)) => failed(format!(
            "{} holds no audit heads: give a server's audit-heads.jsonl, or what `ipxe-orch audit \
             head --json` or `audit verify --json` printed",
            path.display()
        )),
        Err(error) => Err(CliError::from(error).in_context(path.display())),
    }
}
