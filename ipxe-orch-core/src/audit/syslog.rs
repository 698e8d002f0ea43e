//! Entries as messages of syslog (RFC 5424).

use super::{AuditEntry, AuditLine, AuditOutcome, AuditPlace};
use crate::{
    text::shown,
    time::{Timestamp, Utc},
};
use std::fmt::Write as _;

/// What all messages of a server to a sink share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyslogHeader {
    /// 0 to 23. 13 is for audits.
    pub facility: u8,
    /// The name of the server; what cannot stand in a message is replaced.
    pub host: String,
    /// The name of the program, likewise.
    pub app: String,
}

/// The name of the structured data. 32473 is the number that RFC 5612 keeps for examples.
const DATA: &str = "ipxe-orch@32473";

impl SyslogHeader {
    /// The message of a line, without framing. Its text is the line itself, so that a file with the
    /// texts of all messages can be verified as an export can.
    pub fn message(&self, line: &AuditLine, now: Timestamp) -> String {
        let json = line.to_json().unwrap_or_default();
        let entry = match line {
            AuditLine::Entry { entry, .. } => serde_json::from_str::<AuditEntry>(&entry.text).ok(),
            AuditLine::Checkpoint(_) => None,
        };
        let kind = entry.as_ref().map_or("audit.checkpoint", |entry| entry.action.as_str());
        let at = Utc(entry.as_ref().map_or(now, |entry| entry.at));
        let severity = entry.as_ref().map_or(5, severity);
        let priority = u16::from(self.facility) * 8 + severity;
        let (host, app, kind) = (name(&self.host, 255), name(&self.app, 48), name(kind, 32));
        let data = data(line, entry.as_ref());
        format!("<{priority}>1 {at} {host} {app} - {kind} {data} {json}")
    }
}

/// Notice for what was done, warning for what was not.
const fn severity(entry: &AuditEntry) -> u16 {
    match entry.outcome {
        AuditOutcome::Done | AuditOutcome::Begun => 5,
        AuditOutcome::Denied | AuditOutcome::Refused | AuditOutcome::Failed => 4,
    }
}

fn data(line: &AuditLine, entry: Option<&AuditEntry>) -> String {
    let mut text = format!("[{DATA}");
    let mut push = |name: &str, value: &str| {
        // Control characters may, but should not stand in it.
        let value = shown(value).replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]");
        write!(text, " {name}=\"{value}\"").ok();
    };
    if let AuditLine::Entry { entry, .. } = line {
        push("id", &AuditPlace::of(entry).to_string());
        push("hash", &entry.hash.to_string());
    }
    if let Some(entry) = entry {
        push("actor", &entry.actor.to_string());
        push("origin", &entry.origin.0);
        push("action", &entry.action);
        push("outcome", entry.outcome.name());
        let host = entry.host_name.as_ref().map(ToString::to_string);
        for (name, value) in [
            ("host", host),
            ("reason", entry.reason.clone()),
            ("changeRef", entry.change_ref.clone()),
        ] {
            if let Some(value) = value {
                push(name, &value);
            }
        }
    }
    text.push(']');
    text
}

/// At most so many printable ASCII characters, and at least one.
fn name(text: &str, most: usize) -> String {
    let safe = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    let name: String = text.chars().take(most).map(safe).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::ChainHead,
        auth::{Actor, Origin},
        ids::ChainId,
    };

    #[test]
    fn a_message_is_as_rfc_5424_wants_it() {
        let header =
            SyslogHeader { facility: 13, host: "srv ü".to_owned(), app: "ipxe-orch".to_owned() };
        let ann = Actor::Local { user: "a\"]\\\n".to_owned() };
        let at = Timestamp::from_millis(1_769_868_309_500);
        let mut entry = AuditEntry::new(at, ann, Origin("cli".to_owned()), "host.mark");
        entry.outcome = AuditOutcome::Denied;
        let chain = ChainHead::empty(ChainId::from_bytes([1; 16]));
        let chained = chain.append(serde_json::to_string(&entry).unwrap());
        let line = AuditLine::Entry { entry: chained.clone(), before: Some(chain.hash) };
        let text = header.message(&line, at);
        let expected = format!(
            "<108>1 2026-01-31T14:05:09.500Z srv__ ipxe-orch - host.mark \
             [ipxe-orch@32473 id=\"{}:1\" hash=\"{}\" actor=\"local:a\\\"\\]\\\\\\\\n\" \
             origin=\"cli\" action=\"host.mark\" outcome=\"denied\"] {}",
            chained.chain,
            chained.hash,
            line.to_json().unwrap()
        );
        assert_eq!(text, expected);
    }
}
