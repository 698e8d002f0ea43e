//! What a case expects, in plain words: a case that fails says what a store must do and what it
//! did instead.

#![expect(clippy::panic, reason = "a case of the suite ends by a panic")]

use crate::stores::StoreError;
use std::fmt::Debug;

/// The value, or the end of the case.
#[track_caller]
pub(super) fn must<T, E: Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("this should have worked, but failed: {error:?}"),
    }
}

/// `promise` holds if both are the same.
#[track_caller]
pub(super) fn same<T: Debug + PartialEq>(found: &T, expected: &T, promise: &str) {
    assert!(
        found == expected,
        "broken promise: {promise}\nexpected: {expected:#?}\n   found: {found:#?}"
    );
}

/// `promise` holds if `held` does; `found` is what shows it.
#[track_caller]
pub(super) fn holds(held: bool, promise: &str, found: &dyn Debug) {
    assert!(held, "broken promise: {promise}\nfound: {found:#?}");
}

/// It was changed meanwhile.
#[track_caller]
pub(super) fn conflict<T: Debug>(found: &Result<T, StoreError>, promise: &str) {
    kind(matches!(found, Err(StoreError::Conflict)), "a conflict", promise, found);
}

/// It is not there, or not for this grant.
#[track_caller]
pub(super) fn not_found<T: Debug>(found: &Result<T, StoreError>, promise: &str) {
    kind(matches!(found, Err(StoreError::NotFound)), "not found", promise, found);
}

/// It can never be stored.
#[track_caller]
pub(super) fn invalid<T: Debug>(found: &Result<T, StoreError>, promise: &str) {
    kind(matches!(found, Err(StoreError::Invalid(_))), "invalid", promise, found);
}

/// It is taken, and the text names it.
#[track_caller]
pub(super) fn taken<T: Debug>(found: &Result<T, StoreError>, named: &[&str], promise: &str) {
    let text = match found {
        Err(StoreError::AlreadyExists(text)) => Some(text),
        _ => None,
    };
    let told = text.is_some_and(|text| named.iter().all(|name| text.contains(name)));
    kind(told, &format!("an error that it is taken, which names {named:?}"), promise, found);
}

#[track_caller]
fn kind<T: Debug>(held: bool, expected: &str, promise: &str, found: &Result<T, StoreError>) {
    assert!(held, "broken promise: {promise}\nexpected: {expected}\n   found: {found:?}");
}
