//! `audit verify`: every chain from its start, against heads that were kept elsewhere.

use super::{super::error::CliError, CliResult, Desk, Pages};
use clap::Args;
use ipxe_orch_core::audit::{ChainHead, ChainVerifier};
use serde::Deserialize;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// What `audit verify --json` printed earlier: without it, entries that were cut off at the
    /// end are not noticed
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
}

pub(super) async fn run(args: &VerifyArgs, desk: &Desk) -> CliResult {
    let heads = args.heads.as_deref().map(read_heads).transpose()?.unwrap_or_default();
    let mut verifier = ChainVerifier::with_heads(heads);
    let mut pages = Pages::new(desk, "audit.verify").await?;
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            break;
        }
        page.iter().try_for_each(|entry| verifier.push(entry)).map_err(broken)?;
    }
    let (entries, heads) = verifier.finish().map_err(broken)?;
    if desk.out.json {
        return desk.out.json(&json!({ "entries": entries, "heads": heads }));
    }
    desk.out.line(format_args!("the audit is whole: {entries} entries"))?;
    heads.iter().try_for_each(|head| {
        let ChainHead { chain, sequence, hash } = head;
        desk.out.line(format_args!("chain {chain} ends at entry {sequence} with {hash}"))
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

fn read_heads(path: &Path) -> CliResult<Vec<ChainHead>> {
    let text = fs::read(path).map_err(|error| CliError::file("read", path, &error))?;
    match serde_json::from_slice(&text) {
        Ok(Heads::Printed { heads } | Heads::Bare(heads)) => Ok(heads),
        Err(_) => Err(CliError::Failed(format!(
            "{} holds no audit heads: give a file that `ipxe-orch audit verify --json` wrote",
            path.display()
        ))),
    }
}
