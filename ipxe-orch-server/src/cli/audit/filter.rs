//! Which entries a command wants.

use super::super::{
    error::{CliError, CliResult},
    output::parse_time,
};
use clap::Args;
use ipxe_orch_core::{audit::AuditFilter, ids::ChainId, names::HostName, time::Timestamp};

#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only entries of this host, by the name that it had at that time
    #[arg(long, value_name = "NAME")]
    host: Option<HostName>,
    /// Only entries of this actor, as shown (local:ann) or without its kind (ann)
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only since this time, or for this long, such as 2h
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only before this time, or older than this, such as 2h
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only entries of this chain. Each server has one
    #[arg(long, value_name = "ID")]
    chain: Option<ChainId>,
}

impl FilterArgs {
    pub(super) fn filter(&self, now: Timestamp) -> CliResult<AuditFilter> {
        let time = |text: &Option<String>| {
            let read = text.as_deref().map(|text| parse_time(text, now, false));
            read.transpose().map_err(CliError::Usage)
        };
        let mut filter = AuditFilter::default();
        filter.chain = self.chain;
        filter.host.clone_from(&self.host);
        filter.actor.clone_from(&self.actor);
        filter.since = time(&self.since)?;
        filter.until = time(&self.until)?;
        Ok(filter)
    }
}
