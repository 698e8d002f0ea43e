//! Rendered text, with limits so that it cannot grow without end.

use super::{MAX_OUTPUT, MAX_ROUNDS};
use std::{
    io,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// What the output and the helper that writes values share: the length of the text and the places
/// of the values in it.
#[derive(Default)]
pub(super) struct Trace {
    length: AtomicUsize,
    places: Mutex<Vec<Range<usize>>>,
}

impl Trace {
    /// Notes that a value of `length` bytes is written next.
    pub(super) fn value(&self, length: usize) {
        let start = self.length.load(Relaxed);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.push(start..start.saturating_add(length));
    }

    pub(super) fn take(&self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.places.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why rendering was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Length,
    Rounds,
}

/// Accepts at most [`MAX_OUTPUT`] bytes and at most [`MAX_ROUNDS`] empty writes. Each round of an
/// `each` makes one empty write, so loops that write nothing end as well.
#[derive(Default)]
pub(super) struct Output {
    pub(super) text: String,
    pub(super) stop: Option<Stop>,
    pub(super) trace: Arc<Trace>,
    rounds: u32,
}

impl Output {
    fn stop(&mut self, stop: Stop) -> io::Result<()> {
        self.stop = Some(stop);
        Err(io::Error::other("stopped"))
    }
}

impl ::handlebars::Output for Output {
    fn write(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            self.rounds = self.rounds.saturating_add(1);
            if self.rounds > MAX_ROUNDS {
                return self.stop(Stop::Rounds);
            }
        }
        if self.text.len().saturating_add(text.len()) > MAX_OUTPUT {
            return self.stop(Stop::Length);
        }
        self.text.push_str(text);
        self.trace.length.store(self.text.len(), Relaxed);
        Ok(())
    }
}
