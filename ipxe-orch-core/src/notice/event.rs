//! Which boot events people are told of.

use super::{Notice, NoticeHost, NoticeKind};
use crate::{
    boot::Refusal,
    stores::{BootEvent, BootEventKind},
    text::shown,
};

/// The longest text of an installer that stands in a notice, in characters.
const SAID: usize = 200;

impl Notice {
    /// The notice of a boot event, if it is one. Machines that are not registered are counted
    /// instead, since there may be many.
    pub fn of_event(event: &BootEvent) -> Option<Self> {
        let host = NoticeHost { id: event.host?, name: event.host_name.clone() };
        let id = host.id;
        let (kind, what) = match &event.kind {
            BootEventKind::Reported { status, message, .. } if status == "failed" => {
                let attempt = event.attempt;
                let said = shown(message).chars().take(SAID).collect();
                let what = format!("{id} {attempt:?}");
                (NoticeKind::InstallFailed { host, attempt, said }, what)
            }
            BootEventKind::Overdue { what, since } => {
                let (what, since) = (*what, *since);
                let key = format!("{id} {what:?} {since}");
                (NoticeKind::InstallOverdue { host, what, since }, key)
            }
            BootEventKind::Refused { why, .. } if is_conflict(*why) => {
                let (why, origin) = (*why, shown(&event.origin.0).into_owned());
                // Such a machine asks at each boot: once a day is enough.
                let day = event.at.as_millis().div_euclid(86_400_000);
                let key = format!("{id} {why} {day}");
                (NoticeKind::IdentityConflict { host, why, origin }, key)
            }
            _ => return None,
        };
        Some(Self::new(event.at, kind, &what))
    }
}

/// Whether the machine has the secret of the host, and is perhaps another machine.
const fn is_conflict(why: Refusal) -> bool {
    matches!(
        why,
        Refusal::ForeignMac | Refusal::OtherUuid | Refusal::OtherSerial | Refusal::OtherKey
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::Origin, ids::HostId, time::Timestamp};

    fn event(kind: BootEventKind) -> BootEvent {
        let (at, origin) = (Timestamp::from_millis(5), Origin("192.0.2.1".to_owned()));
        let event = BootEvent::new(at, origin, kind);
        BootEvent { host: Some(HostId::from_bytes([1; 16])), ..event }
    }

    fn reported(status: &str, message: &str) -> BootEventKind {
        let (status, message) = (status.to_owned(), message.to_owned());
        BootEventKind::Reported { status, message, loader: None }
    }

    #[test]
    fn what_a_machine_says_is_short_and_safe() {
        let failed = event(reported("failed", &"\u{1b}[2J\r\nBcc: x".repeat(100)));
        let notice = Notice::of_event(&failed).unwrap();
        let NoticeKind::InstallFailed { said, .. } = &notice.kind else { panic!("{notice:?}") };
        assert!(said.chars().count() == 200 && !said.chars().any(char::is_control), "{said}");
    }

    #[test]
    fn the_same_thing_has_the_same_key() {
        let refused =
            |why, at| BootEvent { at, ..event(BootEventKind::Refused { why, shown: None }) };
        let key = |event: &BootEvent| Notice::of_event(event).unwrap().key;
        let [one, later, next_day] = [5, 6, 86_400_000].map(Timestamp::from_millis);
        let first = key(&refused(Refusal::ForeignMac, one));
        assert_eq!(first, key(&refused(Refusal::ForeignMac, later)));
        assert_ne!(first, key(&refused(Refusal::ForeignMac, next_day)));
        assert_ne!(first, key(&refused(Refusal::OtherUuid, one)));
    }

    #[test]
    fn other_events_are_no_notices() {
        assert_eq!(Notice::of_event(&event(reported("done", ""))), None);
        assert_eq!(Notice::of_event(&event(BootEventKind::Local)), None);
        let stranger = BootEvent { host: None, ..event(reported("failed", "x")) };
        assert_eq!(Notice::of_event(&stranger), None, "it proved nothing");
        let wrong = BootEventKind::Refused { why: Refusal::WrongSecret, shown: None };
        assert_eq!(Notice::of_event(&event(wrong)), None);
    }
}
