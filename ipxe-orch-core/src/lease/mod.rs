//! The install lease: a mark is claimed at most once, and a machine without a claim boots its own
//! disk.
//!
//! The rules are data, a [table](TABLE). [`decide`] finds the row for an event. [`Verdict::change`]
//! makes the value that a store applies by compare-and-set. [`Change::apply_to`] says what the
//! store keeps then. Nothing here reads a clock or a store. `docs/LEASE.md` explains the rules.

mod address;
mod apply;
mod approval;
mod boot;
mod change;
mod event;
mod host_state;
mod images;
mod mark;
mod overdue;
mod record;
mod script;
mod state;
mod table;

pub use apply::Applied;
pub use approval::{Approval, Approved};
pub use boot::BootRecord;
pub use change::{Change, Write};
pub use event::{Effect, Event, EventKind, Expected, FinalReport, Guard, Inputs, Limits, Reply};
pub use host_state::{HostState, InvalidHostState};
pub use images::EarlierImage;
pub use mark::{ClosedMark, Mark, Pin};
pub use overdue::Overdue;
pub use record::{HostRecord, ImageBuild};
pub(crate) use script::with_place;
pub use state::{Attempt, Claim, Closed, Hold, Lease, Outcome, Phase, Progress, Protection};
pub use table::{Row, TABLE};

use crate::{ids::HostId, time::Timestamp};
use event::{Facts, counts};

/// The row of the table for one event.
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'a> {
    row: &'static Row,
    lease: &'a Lease,
    event: &'a Event,
    earlier: Option<&'a Attempt>,
    now: Timestamp,
    limits: &'a Limits,
}

/// Finds the row for `event` at `now`.
///
/// `earlier` is the attempt of the event's ticket, if that is no longer the latest attempt of the
/// lease. The result is `None` only for an event that has no row without conditions; the tests make
/// sure that there is none.
pub fn decide<'a>(
    lease: &'a Lease,
    event: &'a Event,
    earlier: Option<&'a Attempt>,
    now: Timestamp,
    limits: &'a Limits,
) -> Option<Verdict<'a>> {
    let facts = Facts { lease, event, earlier, now, limits };
    let phase = lease.phase();
    let fits = |row: &&Row| {
        row.event == event.kind()
            && row.phases.contains(&phase)
            && row.guards.iter().all(|guard| guard.holds(&facts))
    };
    let row = TABLE.iter().find(fits)?;
    Some(Verdict { row, lease, event, earlier, now, limits })
}

impl Verdict<'_> {
    /// The row that decided.
    pub const fn row(&self) -> &'static Row {
        self.row
    }

    /// What is answered once the change is stored.
    pub const fn reply(&self) -> Reply {
        self.row.reply
    }

    /// What is written; see [`Inputs`] for what the caller must bring.
    pub const fn effect(&self) -> Effect {
        self.row.effect
    }

    /// How the mark or the attempt ends by it: as the row says, or as the installer reports.
    pub const fn outcome(&self) -> Option<Outcome> {
        match (self.row.effect, self.event) {
            (Effect::JoinOutcome | Effect::ClaimByReport, Event::Finished(_, report)) => {
                Some(report.outcome)
            }
            (effect, _) => effect.outcome(),
        }
    }

    /// The value to apply, or `None` where nothing is to be written.
    pub fn change(&self, host: HostId, inputs: Inputs) -> Option<Change> {
        let facts = Facts {
            lease: self.lease,
            event: self.event,
            earlier: self.earlier,
            now: self.now,
            limits: self.limits,
        };
        change::change(host, self.row, &facts, inputs)
    }
}

#[cfg(test)]
mod tests;
