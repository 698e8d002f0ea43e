//! How long an image waits and asks. A script cannot read a clock in iPXE. So the time is divided
//! in advance: among the NICs of the host, and among the servers that are asked through each NIC.

use super::MAX_SERVERS;
use crate::host::MAX_NICS;
use std::time::Duration;

/// How long an image asks before it boots the local disk.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::boot::Timing;
/// use std::time::Duration;
///
/// let timing = Timing::new(2, 1); // two servers, one NIC
/// assert_eq!(timing.worst_link_wait(), Duration::from_secs(15));
/// assert!(timing.worst_case() <= Duration::from_secs(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Time for the link of each NIC. A NIC that is not in the machine takes no time.
    pub link: Duration,
    /// How often all servers are asked through each NIC.
    pub rounds: u32,
    /// Time-out for the canary request to one server.
    pub canary: Duration,
    /// Time-out for the script request to one server.
    pub script: Duration,
    /// Pause between two rounds.
    pub pause: Duration,
    servers: u32,
    nics: u32,
}

/// Time for the link of a host's only NIC. iPXE itself waits just as long before it asks for an
/// address.
const LINK_OF_ONE: Duration = Duration::from_secs(15);

/// Time for the links of all NICs together, if there are several.
const LINK_OF_ALL: Duration = Duration::from_secs(30);

/// Time from link-up to the decision for the local disk if no server answers.
const BUDGET: Duration = Duration::from_secs(20);

/// The part of the budget that is given to no time-out. iPXE notices the end of each time-out a
/// little late, even later when a server keeps it busy, and needs some time between requests.
const SPARE: Duration = Duration::from_secs(2);

/// The shortest time for one server, even if the budget is exceeded: a TLS handshake takes a second
/// on slow machines.
const LEAST: Duration = Duration::from_secs(3);

/// A second round is worth it only if each server is asked at least this long in each round.
const LEAST_OF_TWO_ROUNDS: Duration = Duration::from_secs(4);

impl Timing {
    /// The timing for 1 to 3 servers and 1 to 16 NICs; other numbers count as the nearest of these.
    ///
    /// The waits for all links add up to 30 s (15 s for one NIC). The requests through all NICs to
    /// all servers add up to 18 s; from seven pairs of a NIC and a server on, each pair has 3 s
    /// instead.
    pub fn new(servers: usize, nics: usize) -> Self {
        let servers = within(servers, MAX_SERVERS);
        let nics = within(nics, MAX_NICS);
        let pause = Duration::from_secs(2);
        let pairs = servers * nics;
        let asking = BUDGET.saturating_sub(SPARE);
        let twice = asking.saturating_sub(pause * nics) / (pairs * 2);
        let (rounds, each) = if twice >= LEAST_OF_TWO_ROUNDS {
            (2, twice)
        } else {
            (1, (asking / pairs).max(LEAST))
        };
        // The canary is a short answer, the script a longer one that the server has to decide on.
        let canary = whole_millis(each / 3);
        let script = whole_millis(each).saturating_sub(canary);
        let link = whole_millis(LINK_OF_ONE.min(LINK_OF_ALL / nics));
        Self { link, rounds, canary, script, pause, servers, nics }
    }

    /// The longest wait for links: when no NIC has one.
    pub fn worst_link_wait(&self) -> Duration {
        self.link * self.nics
    }

    /// The longest time from the first link-up to the decision for the local disk, without the wait
    /// for further links: every NIC has a link, and no server answers.
    pub fn worst_case(&self) -> Duration {
        let each = self.canary + self.script;
        (each * (self.servers * self.rounds) + self.pause * (self.rounds - 1)) * self.nics + SPARE
    }
}

fn within(count: usize, most: usize) -> u32 {
    u32::try_from(count.clamp(1, most)).unwrap_or(1)
}

fn whole_millis(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (usize, usize)> {
        (1..=MAX_SERVERS).flat_map(|servers| (1..=MAX_NICS).map(move |nics| (servers, nics)))
    }

    #[test]
    fn the_decision_for_the_local_disk_takes_at_most_20_seconds() {
        for (servers, nics) in all().filter(|(servers, nics)| servers * nics <= 6) {
            let timing = Timing::new(servers, nics);
            assert!(timing.worst_case() <= BUDGET, "{timing:?}");
            assert!(timing.worst_case() > Duration::from_secs(19), "{timing:?}");
        }
    }

    #[test]
    fn many_nics_and_servers_take_three_seconds_each() {
        for (servers, nics) in all().filter(|(servers, nics)| servers * nics > 6) {
            let timing = Timing::new(servers, nics);
            let pairs = u32::try_from(servers * nics).unwrap();
            assert_eq!(timing.worst_case(), LEAST * pairs + SPARE, "{timing:?}");
        }
    }

    #[test]
    fn links_are_awaited_30_seconds_in_sum_and_15_for_one_nic() {
        assert_eq!(Timing::new(1, 1).worst_link_wait(), LINK_OF_ONE);
        for (servers, nics) in all() {
            let timing = Timing::new(servers, nics);
            assert!(timing.link <= LINK_OF_ONE, "{timing:?}");
            assert!(timing.worst_link_wait() <= LINK_OF_ALL, "{timing:?}");
            assert!(timing.canary >= Duration::from_secs(1), "{timing:?}");
            assert!(timing.script >= timing.canary, "{timing:?}");
        }
    }
}
