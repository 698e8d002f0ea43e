//! How long a connection may take for what it does.

use std::time::Duration;
use tokio::time::Instant;

/// For the head of a request, from its first byte on.
pub(super) const HEAD: Duration = Duration::from_secs(5);
/// Without a request, on a connection on which nothing was proved.
pub(super) const IDLE: Duration = Duration::from_secs(10);
/// The same if something was proved, or if it is of a proxy.
pub(super) const IDLE_KNOWN: Duration = Duration::from_mins(1);
/// From the head of a request to that of its answer.
pub(super) const WORK: Duration = Duration::from_mins(1);
/// For each [`LEAST`] bytes of an answer.
pub(super) const STEP: Duration = Duration::from_mins(2);
/// An answer that is not yet complete must get on by this in each [`STEP`]. It is low because of slow
/// programs with a large buffer: Linux makes room for more only when a sixteenth of the buffer is
/// free, which is 400 kB of 6 MB. So a client that reads 4 kB/s is fast enough. Larger buffers (up
/// to 32 MB by default since Linux 6.16) are given only to clients that read much faster.
pub(super) const LEAST: u64 = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing of a request has come.
    Waiting,
    /// A part of its head.
    Head,
    /// It is worked on, or its answer is sent. So much was sent in this step.
    Answering(u64),
}

/// The pace of one connection.
#[derive(Debug)]
pub(super) struct Pace {
    phase: Phase,
    /// Whether somebody is known to be there.
    known: bool,
    /// Whether there may be several requests at the same time, as with HTTP/2. Then bytes do not
    /// tell where a request begins.
    several: bool,
    /// Requests that are not yet answered.
    open: u32,
    deadline: Instant,
}

impl Pace {
    pub(super) fn new(known: bool, now: Instant) -> Self {
        Self { phase: Phase::Waiting, known, several: false, open: 0, deadline: now + idle(known) }
    }

    /// When it is closed, if nothing happens until then.
    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Something was proved.
    pub(super) const fn known(&mut self) {
        self.known = true;
    }

    /// The handshake of TLS is done: only now requests can come.
    pub(super) fn ready(&mut self, several: bool, now: Instant) {
        (self.phase, self.deadline) = (Phase::Waiting, now + idle(self.known));
        self.several = several;
    }

    /// Bytes have come. Whether they begin a request.
    pub(super) fn read(&mut self, now: Instant) -> bool {
        let begins = self.phase == Phase::Waiting && !self.several;
        if begins {
            (self.phase, self.deadline) = (Phase::Head, now + HEAD);
        }
        begins
    }

    /// The head of a request is complete.
    pub(super) fn request(&mut self, now: Instant) {
        self.open = self.open.saturating_add(1);
        (self.phase, self.deadline) = (Phase::Answering(0), now + WORK);
    }

    /// The head of its answer is there, or another part of the answer was sent.
    pub(super) fn step(&mut self, now: Instant) {
        (self.phase, self.deadline) = (Phase::Answering(0), now + STEP);
    }

    /// Bytes were taken by the network.
    pub(super) fn wrote(&mut self, bytes: usize, now: Instant) {
        match &mut self.phase {
            Phase::Answering(sent) => {
                *sent = sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
                if *sent >= LEAST {
                    self.step(now);
                }
            }
            // The rest of an answer that is complete.
            Phase::Waiting => self.deadline = now + idle(self.known),
            Phase::Head => {}
        }
    }

    /// An answer is complete. Whether there is no other one to be sent.
    pub(super) fn answered(&mut self, now: Instant) -> bool {
        self.open = self.open.saturating_sub(1);
        if self.open == 0 {
            (self.phase, self.deadline) = (Phase::Waiting, now + idle(self.known));
        }
        self.open == 0
    }
}

const fn idle(known: bool) -> Duration {
    if known { IDLE_KNOWN } else { IDLE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_head_has_its_time_from_its_first_byte_on() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::new(false, start);
        assert_eq!(pace.deadline(), at(10));
        assert!(pace.read(at(8)));
        assert!(!pace.read(at(9)), "further bytes change nothing");
        assert_eq!(pace.deadline(), at(13));
        pace.request(at(10));
        assert_eq!(pace.deadline(), at(70));
        pace.known();
        assert!(pace.answered(at(20)));
        assert_eq!(pace.deadline(), at(80));
        assert!(pace.read(at(79)));
        assert_eq!(pace.deadline(), at(84));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_must_get_on() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::new(false, start);
        pace.step(start);
        for second in 0..59 {
            pace.wrote(1100, at(second));
        }
        assert_eq!(pace.deadline(), at(120), "not enough yet");
        pace.wrote(1100, at(59));
        assert_eq!(pace.deadline(), at(179));
        pace.request(at(59));
        assert!(pace.answered(at(60)));
        pace.wrote(1, at(65));
        assert_eq!(pace.deadline(), at(75), "the rest of it is taken");
    }

    #[tokio::test(start_paused = true)]
    async fn of_several_requests_the_last_answer_counts() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::new(false, start);
        assert!(pace.read(start), "the handshake");
        pace.ready(true, at(1));
        assert_eq!(pace.deadline(), at(11));
        assert!(!pace.read(at(2)), "a frame is not yet a request");
        assert_eq!(pace.deadline(), at(11));
        pace.request(at(3));
        pace.request(at(4));
        assert!(!pace.answered(at(5)));
        assert_eq!(pace.deadline(), at(64), "the other one is worked on");
        assert!(pace.answered(at(6)));
        assert_eq!(pace.deadline(), at(16));
    }
}
