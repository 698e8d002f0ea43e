//! Says at an order what is probably wrong with the hosts.

use super::super::output::note;
use ipxe_orch_core::{names::HostName, orchestrator::HostWarning};
use std::collections::BTreeMap;

/// So many hosts are listed.
const NAMES: usize = 5;

/// Notes the warnings, each once for all hosts that it is about.
pub(super) fn note_warnings(warnings: &[(HostName, HostWarning)]) {
    let mut hosts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (host, warning) in warnings {
        let text = format!("{warning}{}", remedy(warning));
        hosts.entry(text).or_default().push(host.as_str());
    }
    for (warning, hosts) in hosts {
        let names = hosts.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
        let more = match hosts.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        note(format_args!("warning: {names}{more}: {warning}"));
    }
}

/// The commands that help.
const fn remedy(warning: &HostWarning) -> &'static str {
    match warning {
        HostWarning::NobodyCanLogIn { .. } => {
            ", with `ipxe-orch hosts set` for a host or `ipxe-orch profiles set` for many"
        }
        _ => "",
    }
}
