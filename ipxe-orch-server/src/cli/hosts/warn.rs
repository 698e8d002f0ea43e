//! Says at an order what is probably wrong with the hosts.

use super::super::output::note;
use ipxe_orch_core::{names::HostName, orchestrator::HostWarning};
use std::collections::BTreeMap;

/// So many hosts are listed.
const NAMES: usize = 5;

/// Notes the warnings, each once for all hosts that it is about.
pub(super) fn note_warnings(warnings: &[(HostName, HostWarning)]) {
    note_each_warning(warnings.iter().map(|(host, warning)| (host.clone(), warning)));
}

/// The same, without a list of them.
pub(super) fn note_each_warning<'a>(warnings: impl Iterator<Item = (HostName, &'a HostWarning)>) {
    let mut hosts: BTreeMap<String, (Vec<HostName>, usize)> = BTreeMap::new();
    for (host, warning) in warnings {
        let text = format!("{warning}{}", remedy(warning));
        let (names, more) = hosts.entry(text).or_default();
        if names.len() < NAMES { names.push(host) } else { *more = more.saturating_add(1) }
    }
    for (warning, (names, more)) in hosts {
        let names = names.iter().map(HostName::as_str).collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
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
