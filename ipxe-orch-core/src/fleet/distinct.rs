//! Values that may be in a file only once: MAC addresses, ids, and addresses within a site.

use super::{columns::Column, problem::Problems, read::Draft};
use crate::{digest::Digest, host::Mac, ids::HostId};
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

/// The values of the hosts that were read so far.
#[derive(Default)]
pub(super) struct Distinct {
    macs: Values<Mac>,
    ids: Values<HostId>,
    /// By the first half of a digest of site and address, which is shorter than they are.
    addresses: Values<[u8; 16]>,
}

impl Distinct {
    /// Notes what the host with this number has.
    pub(super) fn add(&mut self, number: u32, host: &Draft) {
        if let Some(id) = host.cells.id {
            let place = Place { host: number, line: narrow(host.line), column: Column::Id };
            self.ids.add(id, place, || format!("id {id}"));
        }
        let site = host.cells.site.as_ref();
        for (line, nic) in &host.nics {
            let place = |column| Place { host: number, line: narrow(*line), column };
            self.macs.add(nic.mac, place(Column::Mac), || format!("MAC {}", nic.mac));
            // Without a readable site it is unknown where the address must be unique.
            for address in nic.addresses().filter(|_| host.site_is_known) {
                let column = if address.is_ipv6() { Column::Address6 } else { Column::Address };
                let name = || match site {
                    Some(site) => format!("address {address} of site {site}"),
                    None => format!("address {address}"),
                };
                self.addresses.add(short(&name()), place(column), name);
            }
        }
    }

    /// Reports a value that two rows have on both rows, because nobody knows which of the two is
    /// right. Gives the hosts of these rows.
    pub(super) fn report(
        self,
        host_name: impl Fn(u32) -> String,
        problems: &mut Problems,
    ) -> HashSet<u32> {
        let again = self.macs.again.into_values();
        let again = again.chain(self.ids.again.into_values());
        let mut bad = HashSet::new();
        for (name, places) in again.chain(self.addresses.again.into_values()) {
            let [first, second, ..] = places.as_slice() else { continue };
            for place in &places {
                let other = if place.line == first.line { second } else { first };
                let (of, line) = (host_name(other.host), other.line);
                let message = format!("{name} is also in line {line} (host {of})");
                problems.cell(place.line.into(), place.column, message);
                bad.insert(place.host);
            }
        }
        bad
    }
}

/// What stands for a text where many are remembered.
pub(super) fn short(text: &str) -> [u8; 16] {
    let digest = Digest::of(text);
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// A file has not more lines than `u32` counts.
fn narrow(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

#[derive(Clone, Copy)]
struct Place {
    host: u32,
    line: u32,
    column: Column,
}

/// Where values are: the first place of each, and all places of those that are there again.
struct Values<K> {
    first: HashMap<K, Place>,
    again: HashMap<K, (String, Vec<Place>)>,
}

impl<K> Default for Values<K> {
    fn default() -> Self {
        Self { first: HashMap::new(), again: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> Values<K> {
    fn add(&mut self, key: K, place: Place, name: impl Fn() -> String) {
        let first = *self.first.entry(key).or_insert(place);
        if (first.host, first.line, first.column) != (place.host, place.line, place.column) {
            let again = self.again.entry(key).or_insert_with(|| (name(), vec![first]));
            again.1.push(place);
        }
    }
}
