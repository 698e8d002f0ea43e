//! Events for whoever reads the log.

use ipxe_orch_core::{
    boot::{Refusal, Shown},
    lease::Overdue,
    stores::{BootEvent, BootEventKind, NamedLoader},
};

/// Where its lines come from, whichever module writes them.
const TARGET: &str = "ipxe_orch_server::events";

/// A line for whoever watches.
pub(super) fn announce(event: &BootEvent) {
    let name = event.host_name.as_ref().map(ToString::to_string);
    let host = name.or_else(|| event.host.map(|id| id.to_string())).unwrap_or_default();
    let (from, what) =
        (&event.origin.0, format!("{}{}{}", describe(&event.kind), elsewhere(event), times(event)));
    if event.alert {
        tracing::warn!(target: TARGET, host, from, alert = true, "{what}");
    } else {
        tracing::info!(target: TARGET, host, from, "{what}");
    }
}

/// How often it happened, if more than once; for messages.
pub(crate) fn times(event: &BootEvent) -> String {
    if event.count > 1 { format!(" ({} times)", event.count) } else { String::new() }
}

/// That it came from another address than the claim, for messages.
pub(crate) fn elsewhere(event: &BootEvent) -> String {
    let Some(claimed) = event.claimed_from else { return String::new() };
    format!(", from another address than its claim ({claimed})")
}

/// What the machine shows instead of what is registered, for messages.
pub(crate) fn contradicting(why: Refusal, shown: Option<&Shown>) -> String {
    let Some(shown) = shown else { return String::new() };
    match why {
        Refusal::ForeignMac => format!(" ({})", shown.mac),
        Refusal::OtherUuid => {
            let uuid = shown.uuid.map_or_else(|| "none".to_owned(), |uuid| uuid.to_string());
            format!(" ({uuid})")
        }
        Refusal::OtherSerial => match shown.serial.own() {
            Some(serial) => format!(" ({serial})"),
            None => " (none)".to_owned(),
        },
        _ => String::new(),
    }
}

/// What did not happen in time, and what to do.
pub(crate) const fn late(what: Overdue) -> &'static str {
    match what {
        Overdue::Install => {
            "has not finished its install in time: look at its console, then mark it again"
        }
        Overdue::Mark => {
            "was not installed before its mark expired: mark it again, and boot it from its image"
        }
        Overdue::Offer => {
            "was offered its install and did not claim it for an hour: look at its console, \
             or cancel its mark"
        }
        _ => "is overdue: look at its console",
    }
}

fn reported(status: &str, message: &str, loader: Option<&NamedLoader>) -> String {
    let said = if message.is_empty() { String::new() } else { format!(": {message}") };
    let loader = loader.map_or_else(String::new, |loader| format!(" ({loader})"));
    format!("reports {status}{loader}{said}")
}

/// What happens, for messages.
pub(crate) fn describe(kind: &BootEventKind) -> String {
    match kind {
        BootEventKind::Local => "boots its own disk".to_owned(),
        BootEventKind::DuringInstall => {
            "boots its own disk during its install: if the installer did not restart it, look at its \
             console"
                .to_owned()
        }
        BootEventKind::Unanswered { why } => format!("gets no answer: {why}"),
        BootEventKind::Unsupported { firmware } => {
            format!("boots its own disk: its profile does not boot on {firmware}")
        }
        BootEventKind::Suspended => "boots its own disk: installs are suspended".to_owned(),
        BootEventKind::Refused { why, shown } => {
            format!("is not believed: {why}{}", contradicting(*why, shown.as_deref()))
        }
        BootEventKind::Offered { offer } => format!("is offered its install (offer {offer})"),
        BootEventKind::Claimed => "claims its install".to_owned(),
        BootEventKind::ClaimRefused => "claims in vain".to_owned(),
        BootEventKind::Answered { name } => format!("fetches the answer file {name}"),
        BootEventKind::AnswerRefused { name } => format!("asks in vain for the answer file {name}"),
        BootEventKind::Media { name } => format!("fetches {name}"),
        BootEventKind::Reported { status, message, loader } => {
            reported(status, message, loader.as_ref())
        }
        BootEventKind::ReportRefused { status } => format!("reports {status} in vain"),
        BootEventKind::TicketRefused => "shows a wrong ticket".to_owned(),
        BootEventKind::PeerRefused => "asks for media without a right authorization".to_owned(),
        BootEventKind::Overdue { what, .. } => late(*what).to_owned(),
        other => format!("{other:?}"),
    }
}
