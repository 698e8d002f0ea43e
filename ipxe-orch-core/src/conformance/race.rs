//! Many callers that write at once.

use super::expect::{holds, must};
use crate::stores::StoreError;
use std::{future::Future, pin::Pin, sync::Arc};
use tokio::sync::Barrier;

/// Callers at once.
pub(super) const CALLERS: u16 = 10;
/// One round shows little: the callers must meet between the comparison and the write.
pub(super) const ROUNDS: u16 = 25;

pub(super) type Call<T = ()> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Lets `call` of each caller go at once; gives what each came to.
pub(super) async fn at_once<T: Send + 'static>(
    call: impl Fn(u16) -> Call<T>,
) -> Vec<Result<T, StoreError>> {
    let barrier = Arc::new(Barrier::new(CALLERS.into()));
    let start = |call: Call<T>| {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    };
    let mut results = Vec::new();
    for running in (0..CALLERS).map(|caller| start(call(caller))).collect::<Vec<_>>() {
        results.push(must(running.await));
    }
    results
}

/// The one caller that won; the others have `lost`.
pub(super) fn winner_of<T: std::fmt::Debug>(
    results: &[Result<T, StoreError>],
    lost: impl Fn(&StoreError) -> bool,
    promise: &str,
) -> u16 {
    let won: Vec<_> = (0..).zip(results).filter(|(_, result)| result.is_ok()).collect();
    let rest = results.iter().filter(|result| result.as_ref().is_err_and(&lost)).count();
    let fair = won.len() == 1 && rest + 1 == results.len();
    holds(fair, &format!("of many callers at once exactly one wins: {promise}"), &results);
    won.first().map_or(CALLERS, |(caller, _)| *caller)
}
