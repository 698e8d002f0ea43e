//! Rendered text that cannot grow without end.

use super::{MAX_OUTPUT, MAX_ROUNDS};
use std::io;

/// Why rendering was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Length,
    Rounds,
}

/// Takes at most [`MAX_OUTPUT`] bytes, and at most [`MAX_ROUNDS`] empty writes: one for each
/// round of an `each`, so that loops which write nothing end too.
#[derive(Default)]
pub(super) struct Output {
    pub(super) text: String,
    pub(super) stop: Option<Stop>,
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
        Ok(())
    }
}
