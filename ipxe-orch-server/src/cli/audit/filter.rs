//! The filter of `audit list`.

use super::super::{
    error::{CliError, CliResult},
    output::parse_time,
};
use clap::Args;
use ipxe_orch_core::{audit::AuditEntry, auth::Actor, names::HostName, time::Timestamp};

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
}

/// What an entry must have.
pub(super) struct Filter<'a> {
    args: &'a FilterArgs,
    since: Option<Timestamp>,
}

impl FilterArgs {
    pub(super) fn filter(&self, now: Timestamp) -> CliResult<Filter<'_>> {
        let since = self.since.as_deref().map(|since| parse_time(since, now, false));
        Ok(Filter { args: self, since: since.transpose().map_err(CliError::Usage)? })
    }

    /// Whether some entries are left out.
    pub(super) const fn is_set(&self) -> bool {
        self.host.is_some() || self.actor.is_some() || self.since.is_some()
    }
}

impl Filter<'_> {
    pub(super) fn wants(&self, entry: &AuditEntry) -> bool {
        let FilterArgs { host, actor, .. } = self.args;
        (host.is_none() || entry.host_name == *host)
            && actor.as_deref().is_none_or(|name| is(&entry.actor, name))
            && self.since.is_none_or(|since| entry.at >= since)
    }
}

fn is(actor: &Actor, name: &str) -> bool {
    let shown = actor.to_string();
    shown == name || shown.split_once(':').is_some_and(|(_, without)| without == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_named_with_or_without_its_kind() {
        let ann = Actor::Local { user: "ann".to_owned() };
        assert!(is(&ann, "ann") && is(&ann, "local:ann"));
        assert!(!is(&ann, "local") && !is(&ann, "an") && !is(&ann, "user:ann"));
    }
}
