//! Installs can be suspended: when the database cannot be trusted, every machine boots its disk.

use super::Orchestrator;
use crate::lease::{Effect, EventKind, Phase, Reply, Row};
use std::sync::{Arc, PoisonError};

/// What stands in for a row that would lead to an install.
static INSTEAD: [Row; 4] = [
    instead(EventKind::Mark, Reply::Conflict),
    instead(EventKind::Boot, Reply::Local),
    instead(EventKind::Claim, Reply::NotFound),
    instead(EventKind::Approve, Reply::Conflict),
];

const fn instead(event: EventKind, reply: Reply) -> Row {
    let (phases, guards, effect, alert) = (&Phase::ALL, &[], Effect::Keep, true);
    Row { phases, event, guards, effect, reply, alert }
}

/// Whether this row stood in for another.
pub(super) fn is_instead(row: &'static Row) -> bool {
    INSTEAD.iter().any(|other| std::ptr::eq(other, row))
}

impl Orchestrator {
    /// Suspends installs until [`Self::resume_installs`]. Nothing is marked, offered or claimed. A
    /// machine that would be offered an install boots its own disk, with an alert. Reports of
    /// running installs are still taken, and their files are still served. `why` names the reason
    /// and the remedy.
    pub fn suspend_installs(&self, why: &str) {
        *self.suspended.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.into());
    }

    /// Ends the suspension. A server whose clock is behind stays suspended until its clock is
    /// right.
    pub fn resume_installs(&self) {
        *self.suspended.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The reason why installs are suspended, if they are.
    pub fn suspended(&self) -> Option<Arc<str>> {
        self.doubt().or_else(|| self.clock_reason())
    }

    /// The reason that [`Self::suspend_installs`] gave: why the database cannot be trusted. A clock
    /// that is behind is none.
    pub fn doubt(&self) -> Option<Arc<str>> {
        self.suspended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What happens instead of `row` now, if that is another.
    pub(super) fn instead_of(&self, row: &Row) -> Option<&'static Row> {
        let event = match row.effect {
            Effect::SetMark => EventKind::Mark,
            Effect::SetApproval => EventKind::Approve,
            Effect::Offer | Effect::CountOffer => EventKind::Boot,
            Effect::TakeClaim | Effect::ClaimAndClose(_) => EventKind::Claim,
            _ => return None,
        };
        self.suspended()?;
        INSTEAD.iter().find(|row| row.event == event)
    }
}
