//! `audit head`: the end of the chain, sealed, to be kept elsewhere.

use super::{super::error::CliResult, Context};
use crate::heads::sealed_head;
use ipxe_orch_core::{audit::ChainHead, auth::ReadAudit};

pub(super) async fn run(context: &Context) -> CliResult {
    context.authorize::<ReadAudit>("audit.head").await?;
    let sealed = sealed_head(context.orchestrator()).await?;
    if context.out.json {
        return context.out.json_line(&sealed);
    }
    let (ChainHead { chain, sequence, hash }, key) = (sealed.head, sealed.key);
    let at = context.out.times.show(sealed.at);
    context.out.line(format_args!("chain {chain} ends at entry {sequence} with {hash}"))?;
    context.out.line(format_args!("sealed {at} with key {key}: keep what --json prints elsewhere"))
}
