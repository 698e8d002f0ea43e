//! What one rendering may cost: work, memory and length.
//!
//! Work is counted in steps, not in seconds. So a text that was rendered once, in a preview or for a
//! mark, is always rendered for the same values, on every server and under every load.

use ::handlebars::{PathAndJson, RenderError, RenderErrorReason as Reason};
use ipxe_orch_core::profile::RenderError as Error;
use serde_json::Value;
use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

/// The most steps of one rendering. Each tag, each call of a helper and each round of an `each` is
/// [`TAG_STEPS`], and each byte of the values in them, and of the text, is one more.
pub const MAX_STEPS: usize = 10_000_000;
/// The steps of one tag, call or round.
pub const TAG_STEPS: usize = 100;
/// The longest rendered text, in bytes.
pub const MAX_OUTPUT: usize = 256 * 1024;
/// The largest value that a helper may make, in bytes.
pub const MAX_VALUE: usize = 256 * 1024;

/// The bytes that an element of a list or an object counts beside its text.
const ELEMENT: usize = 32;

/// Why rendering was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Length,
    Steps,
    Value,
}

impl Stop {
    /// As an error about this template.
    pub(super) fn of(self, template: String) -> Error {
        let what = match self {
            Self::Length => return Error::TooLong { template, limit: MAX_OUTPUT },
            Self::Steps => format!("more than {MAX_STEPS} steps"),
            Self::Value => format!("a helper made a value of more than {MAX_VALUE} bytes"),
        };
        Error::TooMuch { template, what }
    }
}

/// What the output and the helpers of one rendering share: what they have used of the budget, and
/// the places of the values.
#[derive(Default)]
pub(super) struct Budget {
    steps: AtomicUsize,
    length: AtomicUsize,
    counted: AtomicUsize,
    is_value: AtomicBool,
    places: Mutex<Vec<Range<usize>>>,
    stop: Mutex<Option<Stop>>,
}

impl Budget {
    /// Uses steps for a tag or a call with these values.
    pub(super) fn call(&self, params: &[PathAndJson<'_>]) -> Result<(), RenderError> {
        let sizes = params.iter().map(|param| size(param.value()));
        self.spend(sizes.fold(TAG_STEPS, usize::saturating_add))
    }

    /// Uses steps for a value that a helper has made.
    pub(super) fn made(&self, value: &Value) -> Result<(), RenderError> {
        let size = size(value);
        self.fits(size)?;
        self.spend(size)
    }

    /// Whether a helper may make a value of this many bytes.
    pub(super) fn fits(&self, bytes: usize) -> Result<(), Reason> {
        if bytes > MAX_VALUE {
            return Err(self.stop(Stop::Value));
        }
        Ok(())
    }

    /// Uses steps and bytes of the text for a piece that is written next.
    pub(super) fn text(&self, bytes: usize) -> Result<(), RenderError> {
        // A value was counted before.
        if !self.is_value.swap(false, Relaxed) {
            self.count(bytes)?;
        }
        self.length.fetch_add(bytes, Relaxed);
        Ok(())
    }

    /// The same for a value of this many bytes, of which other many count. Notes its place.
    pub(super) fn value(&self, bytes: usize, counted: usize) -> Result<(), RenderError> {
        self.count(counted)?;
        self.is_value.store(true, Relaxed);
        let start = self.length.load(Relaxed);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.push(start..start.saturating_add(bytes));
        Ok(())
    }

    fn count(&self, bytes: usize) -> Result<(), RenderError> {
        let before = self.counted.fetch_add(bytes, Relaxed);
        if before.saturating_add(bytes) > MAX_OUTPUT {
            return Err(self.stop(Stop::Length).into());
        }
        self.spend(bytes)
    }

    pub(super) fn take_places(&self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.places.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn stopped(&self) -> Option<Stop> {
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spend(&self, steps: usize) -> Result<(), RenderError> {
        let before = self.steps.fetch_add(steps, Relaxed);
        if before.saturating_add(steps) > MAX_STEPS {
            return Err(self.stop(Stop::Steps).into());
        }
        Ok(())
    }

    fn stop(&self, stop: Stop) -> Reason {
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
        Reason::Other("stopped".to_owned())
    }
}

/// About how much memory a value takes, in bytes.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| size(item).saturating_add(ELEMENT)).sum(),
        Value::Object(all) => {
            let one = |(key, item): (&String, &Value)| {
                key.len().saturating_add(size(item)).saturating_add(ELEMENT)
            };
            all.iter().map(one).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
