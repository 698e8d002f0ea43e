//! How many requests are worked on at the same time, in three classes that take no places from each
//! other.
//!
//! | class | who | places |
//! |---|---|---|
//! | proved | a ticket, a boot secret or an authorization of a server that is right | 4,096, and 32 for each attempt, host, or all servers |
//! | unproved | everybody else, while it is checked what they show, and for their answer | 256 |
//! | health | who waits for a check of `/readyz` | 1,024 |
//!
//! The check of what a request shows takes some hashes and no store, so that a flood of strangers
//! holds no place for long. A place of the first class is taken only after that.

mod shares;

use super::error::HttpError;
use ipxe_orch_core::ids::{AttemptId, HostId};
use shares::{Share, Shares};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for requests that prove something. Each such request needs about 20 KiB of memory.
const PROVED: usize = 4096;
/// Places for all others.
const UNPROVED: usize = 256;
/// Places for who waits for a check of the server's health.
const HEALTH: usize = 1024;
/// Places that one subject may have of those for requests that prove something.
const EACH: u32 = 32;

/// Whom the proof of a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The attempt of a ticket.
    Attempt(AttemptId),
    /// The host of a boot secret.
    Host(HostId),
    /// The other servers of the installation.
    Peers,
}

/// The places of a server.
#[derive(Debug)]
pub(super) struct Admission {
    proved: Arc<Semaphore>,
    unproved: Arc<Semaphore>,
    health: Arc<Semaphore>,
    shares: Arc<Shares<Subject>>,
}

/// A place, which is free again when this is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "the fields are there to be dropped")]
pub(super) struct Place {
    permit: OwnedSemaphorePermit,
    share: Option<Share<Subject>>,
}

impl Admission {
    pub(super) fn new() -> Self {
        Self::with_proved(PROVED)
    }

    /// With so many places for requests that prove something.
    pub(super) fn with_proved(places: usize) -> Self {
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Self {
            proved: semaphore(places),
            unproved: semaphore(UNPROVED),
            health: semaphore(HEALTH),
            shares: Arc::new(Shares::new(EACH)),
        }
    }

    pub(super) fn proved(&self, subject: Subject) -> Result<Place, HttpError> {
        let share = self.shares.take(subject).ok_or(HttpError::Overloaded)?;
        let mut place = take(&self.proved)?;
        place.share = Some(share);
        Ok(place)
    }

    pub(super) fn unproved(&self) -> Result<Place, HttpError> {
        take(&self.unproved)
    }

    pub(super) fn health(&self) -> Result<Place, HttpError> {
        take(&self.health)
    }
}

fn take(places: &Arc<Semaphore>) -> Result<Place, HttpError> {
    let permit = places.clone().try_acquire_owned().map_err(|_| HttpError::Overloaded)?;
    Ok(Place { permit, share: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_class_takes_the_places_of_another() {
        let admission = Admission::with_proved(2);
        let (one, two) = (Subject::Peers, Subject::Host(HostId::from_bytes([1; 16])));
        let strangers: Vec<_> = (0..UNPROVED).map(|_| admission.unproved().unwrap()).collect();
        assert!(admission.unproved().is_err());
        let health: Vec<_> = (0..HEALTH).map(|_| admission.health().unwrap()).collect();
        assert!(admission.health().is_err());
        let (first, second) = (admission.proved(one).unwrap(), admission.proved(two).unwrap());
        assert!(admission.proved(two).is_err(), "both places are taken");
        drop((first, strangers));
        assert!(admission.proved(two).is_ok());
        assert!(admission.unproved().is_ok());
        drop((second, health));
    }

    #[test]
    fn one_subject_has_its_share_only() {
        let admission = Admission::new();
        let attempt = |number| Subject::Attempt(AttemptId::from_bytes([number; 16]));
        let all: Vec<_> = (0..EACH).map(|_| admission.proved(attempt(1)).unwrap()).collect();
        assert!(admission.proved(attempt(1)).is_err());
        assert!(admission.proved(attempt(2)).is_ok());
        drop(all);
        assert!(admission.proved(attempt(1)).is_ok());
    }
}
