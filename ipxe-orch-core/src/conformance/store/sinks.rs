//! Cases about how far the audit was forwarded.

use super::{Bench, holds, must, same};
use crate::{
    audit::{ChainHead, SinkState},
    digest::Digest,
    ids::ChainId,
    time::Clock as _,
};

fn state(bench: &Bench, sink: &str, chain: u8) -> SinkState {
    let what = (sink.to_owned(), Digest::of(sink), format!("{{\"name\":\"{sink}\"}}"));
    let chain = ChainId::from_bytes([chain; 16]);
    SinkState::new(what, ChainHead::empty(chain), ChainId::from_bytes([9; 16]), bench.clock.now())
}

/// A position comes back as it was written, and only the one that was looked at is replaced.
pub async fn a_position_is_written_only_as_it_was_looked_at(bench: Bench) {
    let (store, now) = (&bench.store, bench.clock.now());
    let list = async || must(store.list_sinks(&bench.grant().await).await);
    let [one, two, other] = [("a", 1), ("a", 2), ("b", 1)].map(|(s, c)| state(&bench, s, c));
    for new in [&two, &other, &one] {
        must(store.put_sink(&bench.recorder(), new).await);
    }
    let found = list().await;
    let chains: Vec<_> = found.iter().map(|state| state.position.chain).collect();
    holds(chains.is_sorted() && found.len() == 3, "positions are listed by chain", &found);
    let again = store.put_sink(&bench.recorder(), &one).await;
    holds(again.is_err(), "a position that is there is not made again", &again);
    let mut next = one.renewed(ChainId::from_bytes([8; 16]), now);
    next.position = ChainHead { sequence: 7, hash: Digest::of("7"), ..one.position };
    next.error = Some("no answer ü".to_owned());
    next.leaving = Some(9);
    next.failing_since = Some(now);
    must(store.put_sink(&bench.recorder(), &next).await);
    holds(list().await.contains(&next), "a position comes back as it was written", &next);
    let stale = store.put_sink(&bench.recorder(), &one.renewed(one.holder, now)).await;
    holds(stale.is_err(), "a position is written only as it was looked at", &stale);
    let stale = store.remove_sink(&bench.recorder(), &one).await;
    holds(stale.is_err(), "a position is forgotten only as it was looked at", &stale);
    must(store.remove_sink(&bench.recorder(), &next).await);
    let left: Vec<_> = list().await.iter().map(|state| state.name.clone()).collect();
    same(&left.len(), &2, "no other position is forgotten");
    same(&bench.audit().await.len(), &0, "positions leave no entries");
}
