//! Requests of an install that come from another address than its claim.
//!
//! None of them is refused: installers behind NAT, or with addresses of their own, are usual. But
//! somebody who has read a ticket on the network looks just like that, so a person is told.

use super::{Orchestrator, engine::Decided};
use crate::{auth::Origin, ids::AttemptId, stores::BootEventKind};
use std::{collections::VecDeque, net::IpAddr, sync::PoisonError};

/// The addresses of one attempt that are told.
const OF_ATTEMPT: usize = 8;
/// The addresses that are remembered. Each takes 40 bytes.
const MOST: usize = 4096;

/// The addresses that were told, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Told(VecDeque<(AttemptId, IpAddr)>);

impl Told {
    /// Whether this is told now: once for each attempt and address, and [`OF_ATTEMPT`] times for
    /// one attempt. Of more than [`MOST`] addresses the oldest is forgotten.
    fn tells(&mut self, attempt: AttemptId, address: IpAddr) -> bool {
        let of_attempt = || self.0.iter().filter(|(of, _)| *of == attempt);
        if of_attempt().any(|(_, told)| *told == address) || of_attempt().count() >= OF_ATTEMPT {
            return false;
        }
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((attempt, address));
        true
    }
}

impl Orchestrator {
    /// The address of the claim, if an answer file or a report was answered to another one; and
    /// whether that is told now. This is kept in memory alone, so that no request costs a write:
    /// each server tells it once, and once more after its restart.
    pub(super) fn elsewhere(
        &self,
        decided: &Decided,
        attempt: AttemptId,
        origin: &Origin,
        kind: &BootEventKind,
    ) -> Option<(IpAddr, bool)> {
        if !matches!(kind, BootEventKind::Answered { .. } | BootEventKind::Reported { .. }) {
            return None;
        }
        let address = origin.address()?;
        let claimed = decided.attempt(attempt)?.claimed_elsewhere(address)?;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        Some((claimed, told.tells(attempt, address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn attempt(number: usize) -> AttemptId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        AttemptId::from_bytes(id)
    }

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn each_address_of_an_attempt_is_told_once() {
        let mut told = Told::default();
        assert!(told.tells(attempt(1), address(1)));
        assert!(!told.tells(attempt(1), address(1)));
        assert!(told.tells(attempt(1), address(2)), "another address");
        assert!(told.tells(attempt(2), address(1)), "another attempt");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut told = Told::default();
        let times = (0..1000).filter(|number| told.tells(attempt(1), address(*number))).count();
        assert_eq!(times, OF_ATTEMPT, "one ticket makes few alerts");
        for number in 2..10_000 {
            assert!(told.tells(attempt(number), address(1)));
        }
        assert_eq!(told.0.len(), MOST);
        assert!(!told.tells(attempt(9_999), address(1)));
        assert!(told.tells(attempt(2), address(1)), "forgotten, so told again");
    }
}
