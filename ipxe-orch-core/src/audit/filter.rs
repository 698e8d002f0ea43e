//! Which entries a reader wants, and from where on.

use super::{AuditEntry, ChainHead, ChainedEntry};
use crate::{
    auth::Actor,
    ids::ChainId,
    names::HostName,
    text::shown,
    time::{Timestamp, Utc},
};
use std::{fmt, str::FromStr};

/// Which entries of the audit are wanted: those with everything that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditFilter {
    /// Those of this chain.
    pub chain: Option<ChainId>,
    /// Those of the host that had this name at that time.
    pub host: Option<HostName>,
    /// Those of this actor, as shown (`local:ann`) or without its kind (`ann`).
    pub actor: Option<String>,
    /// Those of this time and later.
    pub since: Option<Timestamp>,
    /// Those before this time.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether some entries are left out.
    pub fn is_set(&self) -> bool {
        *self != Self::default()
    }

    /// Whether entries within a chain are left out, so that what is read has gaps.
    pub fn has_gaps(&self) -> bool {
        Self { chain: None, ..self.clone() }.is_set()
    }

    /// Whether `entry`, which is the content of `chained`, is wanted.
    pub fn wants(&self, chained: &ChainedEntry, entry: &AuditEntry) -> bool {
        self.chain.is_none_or(|chain| chain == chained.chain)
            && (self.host.is_none() || entry.host_name == self.host)
            && self.actor.as_deref().is_none_or(|name| is(&entry.actor, name))
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }
}

/// As the audit tells of it: `chain X, host web1`. Empty without a filter.
impl fmt::Display for AuditFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.chain.map(|chain| format!("chain {chain}")),
            self.host.as_ref().map(|host| format!("host {host}")),
            self.actor.as_ref().map(|actor| format!("actor {}", shown(actor))),
            self.since.map(|since| format!("since {}", Utc(since))),
            self.until.map(|until| format!("until {}", Utc(until))),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

fn is(actor: &Actor, name: &str) -> bool {
    let shown = actor.to_string();
    shown == name || shown.split_once(':').is_some_and(|(_, without)| without == name)
}

/// An entry's place, by which a reader goes on where it stopped: `CHAIN:SEQUENCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPlace {
    /// The chain.
    pub chain: ChainId,
    /// The entry's number.
    pub sequence: u64,
}

/// The text is not `CHAIN:SEQUENCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry's place is CHAIN:SEQUENCE, such as the `id` of an exported line")]
pub struct InvalidPlace;

impl AuditPlace {
    /// The place of an entry.
    pub const fn of(entry: &ChainedEntry) -> Self {
        Self { chain: entry.chain, sequence: entry.sequence }
    }

    /// As stores take it, which look at the place alone.
    pub(crate) fn head(self) -> ChainHead {
        ChainHead { sequence: self.sequence, ..ChainHead::empty(self.chain) }
    }
}

impl fmt::Display for AuditPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.chain, self.sequence)
    }
}

impl FromStr for AuditPlace {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (chain, sequence) = text.split_once(':').ok_or(InvalidPlace)?;
        let chain = chain.parse().map_err(|_| InvalidPlace)?;
        let sequence = sequence.parse().map_err(|_| InvalidPlace)?;
        Ok(Self { chain, sequence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Origin;

    #[test]
    fn an_actor_is_named_with_or_without_its_kind() {
        let ann = Actor::Local { user: "ann".to_owned() };
        assert!(is(&ann, "ann") && is(&ann, "local:ann"));
        assert!(!is(&ann, "local") && !is(&ann, "an") && !is(&ann, "user:ann"));
    }

    #[test]
    fn an_end_is_not_within_and_a_start_is() {
        let actor = Actor::Local { user: "ann".to_owned() };
        let entry = AuditEntry::new(Timestamp::from_millis(5), actor, Origin::default(), "x");
        let chained = ChainHead::empty(ChainId::from_bytes([1; 16])).append("{}".to_owned());
        let between = |since, until| {
            let [since, until] = [since, until].map(|at| Some(Timestamp::from_millis(at)));
            AuditFilter { since, until, ..AuditFilter::default() }.wants(&chained, &entry)
        };
        assert!(between(5, 6) && between(4, 9));
        assert!(!between(6, 9) && !between(1, 5));
    }

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = AuditPlace { chain: ChainId::from_bytes([7; 16]), sequence: 12 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "x", "x:1", &format!("{}:", place.chain), &format!("{place}:1")] {
            assert_eq!(wrong.parse::<AuditPlace>(), Err(InvalidPlace), "{wrong}");
        }
    }
}
