//! Values that may be in a file only once: MAC addresses, ids, and addresses within a site.

use super::{columns::Column, problem::Problems, read::Draft};
use crate::{host::Mac, ids::HostId, names::SiteName};
use std::{collections::HashMap, hash::Hash, net::IpAddr};

/// Reports a value that two rows have on both rows, because nobody knows which of the two is right.
pub(super) fn check(hosts: &mut [Draft], problems: &mut Problems) {
    let (mut macs, mut ids) = (Places::<Mac>::new(), Places::<HostId>::new());
    let mut addresses = Places::<(Option<SiteName>, IpAddr)>::new();
    for (index, host) in hosts.iter().enumerate() {
        if let Some(id) = host.cells.id {
            let place = Place { host: index, line: host.line, column: Column::Id };
            ids.entry(id).or_default().push(place);
        }
        for (line, nic) in &host.nics {
            let place = |column| Place { host: index, line: *line, column };
            macs.entry(nic.mac).or_default().push(place(Column::Mac));
            // Without a readable site it is unknown where the address must be unique.
            for address in nic.addresses().filter(|_| host.site_is_known) {
                let column = if address.is_ipv6() { Column::Address6 } else { Column::Address };
                let key = (host.cells.site.clone(), address);
                addresses.entry(key).or_default().push(place(column));
            }
        }
    }
    report(macs, |mac| format!("MAC {mac}"), hosts, problems);
    report(ids, |id| format!("id {id}"), hosts, problems);
    let address = |(site, address): &(Option<SiteName>, IpAddr)| match site {
        Some(site) => format!("address {address} of site {site}"),
        None => format!("address {address}"),
    };
    report(addresses, address, hosts, problems);
}

type Places<K> = HashMap<K, Vec<Place>>;

struct Place {
    host: usize,
    line: u64,
    column: Column,
}

fn report<K: Eq + Hash>(
    places: Places<K>,
    name: impl Fn(&K) -> String,
    hosts: &mut [Draft],
    problems: &mut Problems,
) {
    for (key, places) in places {
        let [first, second, ..] = places.as_slice() else { continue };
        for place in &places {
            let other = if place.line == first.line { second } else { first };
            let of = hosts.get(other.host).map(|host| host.name.to_string()).unwrap_or_default();
            let (name, line) = (name(&key), other.line);
            let message = format!("{name} is also in line {line} (host {of})");
            problems.cell(place.line, place.column, message);
            if let Some(host) = hosts.get_mut(place.host) {
                host.bad = true;
            }
        }
    }
}
