//! `audit head`: the end of the chain, sealed, to be kept elsewhere.

use super::{super::error::CliResult, Desk};
use crate::heads::sealed_head;
use ipxe_orch_core::{audit::ChainHead, auth::ReadAudit};

pub(super) async fn run(desk: &Desk) -> CliResult {
    desk.authorize::<ReadAudit>("audit.head").await?;
    let sealed = sealed_head(desk.orchestrator().parts()).await?;
    if desk.out.json {
        return desk.out.json_line(&sealed);
    }
    let (ChainHead { chain, sequence, hash }, key) = (sealed.head, sealed.key);
    let at = desk.out.times.show(sealed.at);
    desk.out.line(format_args!("chain {chain} ends at entry {sequence} with {hash}"))?;
    desk.out.line(format_args!("sealed {at} with key {key}: keep what --json prints elsewhere"))
}
