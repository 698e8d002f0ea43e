//! What policies say to an order.

use super::{Calendar, Count, Need, Opening, Policy, PolicyRecord, window};
use crate::{auth::HostRef, names::PolicyName, time::Timestamp};

/// An order to install a host.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The host.
    pub host: HostRef<'a>,
    /// Whether the host is protected.
    pub protected: bool,
    /// The time of the order.
    pub now: Timestamp,
    /// When it may begin; `None` for the first boot of a new host, which waits for no window.
    pub from: Option<Timestamp>,
}

/// What a mark gets by the policies that cover its host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judged {
    /// Why it waits for a second person; nothing if it does not.
    pub needs: Vec<Need>,
    /// The limits that it counts for. None if it waits: an approved install needs no place.
    pub counts: Vec<Count>,
    /// The next time at which all windows are open, if there are windows.
    pub opening: Option<Opening>,
}

/// Why an order is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// There is no reason.
    #[error("the policy {0} wants a reason")]
    Reason(PolicyName),
    /// No change is named.
    #[error("the policy {0} wants the change number of another system")]
    ChangeRef(PolicyName),
    /// The windows of the policies are never open at the same time, as far as can be seen.
    #[error("no time is within the windows of all policies: {}", names(.0))]
    NoWindow(Vec<PolicyName>),
}

fn names(policies: &[PolicyName]) -> String {
    policies.iter().map(PolicyName::as_str).collect::<Vec<_>>().join(", ")
}

/// Judges an order; [`check_told`] judges what the person says of it.
///
/// # Errors
/// [`Violation::NoWindow`].
pub fn judge(
    policies: &[PolicyRecord],
    order: &Order<'_>,
    calendar: &dyn Calendar,
) -> Result<Judged, Violation> {
    let covers = |record: &&PolicyRecord| record.policy.hosts.scope().covers(order.host);
    let covering: Vec<_> = policies.iter().filter(covers).collect();
    let needs = needs(&covering, order);
    let counts = if needs.is_empty() {
        covering.iter().filter_map(|record| Count::of(record)).collect()
    } else {
        Vec::new()
    };
    let opening = match order.from {
        Some(from) => window::opening(&covering, from, calendar)?,
        None => None,
    };
    Ok(Judged { needs, counts, opening })
}

/// Whether the person who orders an install of this host says what the policies want.
///
/// # Errors
/// [`Violation::Reason`] and [`Violation::ChangeRef`].
pub fn check_told(
    policies: &[PolicyRecord],
    host: HostRef<'_>,
    reason: Option<&str>,
    change_ref: Option<&str>,
) -> Result<(), Violation> {
    let is_missing = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
    for Policy { name, hosts, rules } in policies.iter().map(|record| &record.policy) {
        if !hosts.scope().covers(host) {
            continue;
        }
        if rules.reason && is_missing(reason) {
            return Err(Violation::Reason(name.clone()));
        }
        if rules.change_ref && is_missing(change_ref) {
            return Err(Violation::ChangeRef(name.clone()));
        }
    }
    Ok(())
}

fn needs(covering: &[&PolicyRecord], order: &Order<'_>) -> Vec<Need> {
    let protected = order.protected.then_some(Need::Protected);
    let wanted = covering.iter().filter(|record| record.policy.rules.approval);
    let wanted = wanted.map(|record| Need::Policy(record.policy.name.clone()));
    let is_reached = |record: &&&PolicyRecord| {
        let limit = record.policy.rules.limit;
        limit.is_some_and(|limit| record.meter.left(limit, order.now) == 0)
    };
    let reached = covering.iter().filter(is_reached);
    let reached = reached.map(|record| Need::Limit(record.policy.name.clone()));
    protected.into_iter().chain(wanted).chain(reached).collect()
}

#[cfg(test)]
mod tests;
