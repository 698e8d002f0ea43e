//! The texts of notices, for people.

use super::{Expiring, Notice, NoticeHost, NoticeKind};
use crate::{lease::Overdue, text::shown, time::Utc};
use std::borrow::Cow;

/// The longest subject, in characters.
const SUBJECT: usize = 120;

impl Notice {
    /// One line, without anything that could end it.
    pub fn subject(&self) -> String {
        let text = match &self.kind {
            NoticeKind::InstallFailed { host, .. } => format!("{}: its install failed", name(host)),
            NoticeKind::InstallOverdue { host, what, .. } => {
                format!("{}: {}", name(host), overdue(*what))
            }
            NoticeKind::IdentityConflict { host, why, .. } => {
                format!("{}: a machine contradicts it: {why}", name(host))
            }
            NoticeKind::UnknownMachines { count } => format!("{count} unknown machines"),
            NoticeKind::BreakGlass { who, action } => {
                format!("{who} used the emergency way: {action}")
            }
            NoticeKind::Expiring { what, name, ends_at } => {
                format!("{} {name} ends {}", expiring(*what), Utc(*ends_at))
            }
            NoticeKind::DatabaseRestored { .. } => {
                "the database was restored and waits to be accepted".to_owned()
            }
            NoticeKind::Test { .. } => "a test".to_owned(),
        };
        safe(&text).chars().take(SUBJECT).collect()
    }

    /// What happened, and what to do, in lines that each end with a line feed.
    pub fn body(&self) -> String {
        let mut lines = vec![self.subject(), format!("time: {}", Utc(self.at))];
        match &self.kind {
            NoticeKind::InstallFailed { host, attempt, said } => {
                lines.push(format!("host: {}", host.id));
                lines.extend(attempt.map(|attempt| format!("attempt: {attempt}")));
                lines.push(format!("the installer said: {said}"));
                lines.push("Look at its console, then mark it again.".to_owned());
            }
            NoticeKind::InstallOverdue { host, since, .. } => {
                lines.push(format!("host: {}", host.id));
                lines.push(format!("overdue since: {}", Utc(*since)));
                lines.push("Look at its console, then mark it again.".to_owned());
            }
            NoticeKind::IdentityConflict { host, origin, .. } => {
                lines.push(format!("host: {}", host.id));
                lines.push(format!("from: {origin}"));
                lines.push(
                    "Its board was replaced (hosts relearn), or its image was copied (images revoke)."
                        .to_owned(),
                );
            }
            NoticeKind::UnknownMachines { .. } => {
                lines.push("See them with hosts list --discovered.".to_owned());
            }
            NoticeKind::BreakGlass { .. } => {
                lines.push("Ask whether that was needed; the audit has all of it.".to_owned());
            }
            NoticeKind::Expiring { .. } => {
                lines.push("Renew it before, or what uses it fails.".to_owned());
            }
            NoticeKind::DatabaseRestored { why } => {
                lines.push(why.clone());
                lines.push(
                    "Nothing is installed until it is accepted (database accept-restore)."
                        .to_owned(),
                );
            }
            NoticeKind::Test { who } => lines.push(format!("{who} has asked for it.")),
        }
        lines.iter().map(|line| format!("{}\n", safe(line))).collect()
    }
}

fn safe(text: &str) -> Cow<'_, str> {
    shown(text)
}

fn name(host: &NoticeHost) -> String {
    host.name.as_ref().map_or_else(|| host.id.to_string(), ToString::to_string)
}

const fn overdue(what: Overdue) -> &'static str {
    match what {
        Overdue::Install => "its install did not finish in time",
        Overdue::Mark => "it was not installed before its mark expired",
        Overdue::Offer => "it did not claim the install that it was offered",
    }
}

const fn expiring(what: Expiring) -> &'static str {
    match what {
        Expiring::Token => "the token",
        Expiring::Key => "the key",
        Expiring::Certificate => "the certificate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{boot::Refusal, ids::HostId, time::Timestamp};

    fn all(text: &str) -> Vec<NoticeKind> {
        let host = || NoticeHost { id: HostId::from_bytes([1; 16]), name: None };
        let (at, text) = (Timestamp::from_millis(0), || text.to_owned());
        vec![
            NoticeKind::InstallFailed { host: host(), attempt: None, said: text() },
            NoticeKind::InstallOverdue { host: host(), what: Overdue::Offer, since: at },
            NoticeKind::IdentityConflict { host: host(), why: Refusal::ForeignMac, origin: text() },
            NoticeKind::UnknownMachines { count: 7 },
            NoticeKind::BreakGlass { who: text(), action: text() },
            NoticeKind::Expiring { what: Expiring::Key, name: text(), ends_at: at },
            NoticeKind::DatabaseRestored { why: text() },
            NoticeKind::Test { who: text() },
        ]
    }

    #[test]
    fn nothing_leaves_its_line() {
        let hostile = "x\r\nBcc: eve@example.com\r\n\r\n\u{1b}[2J\u{202e}";
        let harmless = |c: char| !c.is_control() && c != '\u{202e}';
        for (hostile, plain) in all(hostile).into_iter().zip(all("x")) {
            let [hostile, plain] =
                [hostile, plain].map(|kind| Notice::new(Timestamp::from_millis(0), kind, ""));
            let subject = hostile.subject();
            assert!(subject.chars().all(harmless) && subject.chars().count() <= 120, "{subject}");
            let (body, lines) = (hostile.body(), plain.body().lines().count());
            assert_eq!(body.lines().count(), lines, "{body}");
            assert!(body.lines().flat_map(str::chars).all(harmless), "{body}");
        }
    }

    #[test]
    fn every_kind_has_its_name_in_json() {
        for kind in all("x") {
            let notice = Notice::new(Timestamp::from_millis(7), kind, "x");
            let text = serde_json::to_string(&notice).unwrap();
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(json["notice"], notice.kind.name());
            assert_eq!(serde_json::from_str::<Notice>(&text).unwrap(), notice);
        }
    }
}
