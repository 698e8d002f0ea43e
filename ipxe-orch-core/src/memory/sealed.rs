//! Secrets in pins are sealed again.

use super::snapshot::Snapshot;
use crate::{
    host::HostValue,
    ids::{HostId, KeyId},
    lease::{Attempt, HostRecord, Mark},
    names::VariableName,
    stores::{PinOwner, SealedPin},
};
use std::collections::BTreeMap;

type Values = BTreeMap<VariableName, HostValue>;

impl Snapshot {
    /// Of a mark that has ended it has the id alone, and so no pin.
    pub(super) fn list_sealed_pins(&self, key: KeyId) -> Vec<SealedPin> {
        let all = self.hosts.values().chain(self.removed.values());
        let of_hosts = all.flat_map(|host| {
            let mark = host.lease.mark.iter().map(move |mark| of_mark(host.id, mark, key));
            let attempt = host.lease.attempt.iter();
            mark.chain(attempt.map(move |attempt| of_attempt(host.id, attempt, key)))
        });
        let earlier = self.earlier.values().map(|(host, attempt)| of_attempt(*host, attempt, key));
        let unwanted = |pin: &SealedPin| !pin.values.is_empty();
        of_hosts.chain(earlier).filter(unwanted).take(SealedPin::PAGE).collect()
    }

    pub(super) fn put_sealed_pins(&mut self, pins: &[SealedPin]) {
        for pin in pins {
            let Some(values) = self.values_of(pin.owner) else { continue };
            pin.put_into(values);
            if !pin.ended
                && let Ok(host) = self.ever_mut(pin.host)
            {
                host.lease.generation = host.lease.generation.next();
            }
        }
    }

    fn values_of(&mut self, owner: PinOwner) -> Option<&mut Values> {
        if let PinOwner::Attempt(id) = owner
            && let Some((_, attempt)) = self.earlier.get_mut(&id)
        {
            return Some(&mut attempt.pin.spec.values);
        }
        let mut hosts = self.hosts.values_mut().chain(self.removed.values_mut());
        hosts.find_map(|host| values_in(host, owner))
    }
}

fn values_in(host: &mut HostRecord, owner: PinOwner) -> Option<&mut Values> {
    let lease = &mut host.lease;
    let pin = match owner {
        PinOwner::Mark(id) => &mut lease.mark.as_mut().filter(|mark| mark.id == id)?.pin,
        PinOwner::Attempt(id) => {
            &mut lease.attempt.as_mut().filter(|attempt| attempt.id == id)?.pin
        }
    };
    Some(&mut pin.spec.values)
}

fn of_mark(host: HostId, mark: &Mark, key: KeyId) -> SealedPin {
    let values = SealedPin::unwanted(&mark.pin.spec.values, key);
    SealedPin { host, owner: PinOwner::Mark(mark.id), ended: false, values }
}

fn of_attempt(host: HostId, attempt: &Attempt, key: KeyId) -> SealedPin {
    let values = SealedPin::unwanted(&attempt.pin.spec.values, key);
    SealedPin { host, owner: PinOwner::Attempt(attempt.id), ended: !attempt.is_open(), values }
}
