//! What happened at boot, and machines that are not registered.

use super::snapshot::Snapshot;
use crate::{
    auth::Grant,
    stores::{BootEvent, Discovered, EventFilter},
};
use std::cmp::Reverse;

impl Snapshot {
    pub(super) fn record_events(&mut self, events: &[BootEvent]) {
        self.events.extend_from_slice(events);
        self.drop_unproved();
        events.iter().filter_map(Discovered::of).for_each(|machine| self.discover(machine));
    }

    /// Drops the oldest of those without a host that are too many.
    fn drop_unproved(&mut self) {
        let most = usize::try_from(BootEvent::MAX_UNPROVED).unwrap_or(usize::MAX);
        let count = self.events.iter().filter(|event| event.is_unproved()).count();
        let mut too_many = count.saturating_sub(most);
        self.events.retain(|event| {
            let drop = too_many > 0 && event.is_unproved();
            too_many -= usize::from(drop);
            !drop
        });
    }

    fn discover(&mut self, machine: Discovered) {
        if self.ever(machine.host).is_some() {
            return;
        }
        match self.discovered.get_mut(&machine.host) {
            Some(known) => known.seen_again(machine),
            None => {
                self.discovered.insert(machine.host, machine);
            }
        }
        let max = usize::try_from(Discovered::MAX).unwrap_or(usize::MAX);
        if self.discovered.len() > max {
            let oldest = self.discovered.values().min_by_key(|m| (m.last_seen, m.host));
            let oldest = oldest.map(|machine| machine.host);
            self.discovered.retain(|id, _| Some(*id) != oldest);
        }
    }

    /// The newest first; of one moment, the last recorded first.
    pub(super) fn list_events(&self, grant: &Grant, filter: &EventFilter) -> Vec<BootEvent> {
        let visible = |event: &&BootEvent| match event.host {
            _ if grant.scope().is_all() => true,
            None => false,
            Some(id) => self.ever(id).is_some_and(|host| grant.covers(host)),
        };
        let wanted = |event: &&BootEvent| filter.wants(event);
        let mut events: Vec<_> =
            self.events.iter().rev().filter(visible).filter(wanted).cloned().collect();
        events.sort_by_key(|event| Reverse(event.at));
        events.truncate(usize::try_from(filter.page_size()).unwrap_or(usize::MAX));
        events
    }

    pub(super) fn list_discovered(&self, grant: &Grant) -> Vec<Discovered> {
        if !grant.scope().is_all() {
            return Vec::new();
        }
        let mut machines: Vec<_> = self.discovered.values().cloned().collect();
        machines.sort_by_key(|machine| Reverse((machine.last_seen, machine.host)));
        machines
    }
}
