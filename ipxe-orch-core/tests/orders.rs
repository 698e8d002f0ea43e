//! An order that is given several times must remain one order.

// Tells clippy that all of this is test code.
#![cfg(test)]

use ipxe_orch_core::{
    conformance::{Bench, Fault, PausingStore},
    ids::{ChainId, Epoch, MarkId},
    lease::{Limits, Phase},
    memory::MemoryStore,
    orchestrator::{MarkOrder, Marked, Orchestrator, OrchestratorError},
    stores::HostKey,
};
use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// A host, and an orchestrator that stops before each call of its store.
struct Site {
    bench: Bench,
    store: Arc<PausingStore>,
    orchestrator: Orchestrator,
    host: HostKey,
}

const ID: MarkId = MarkId::from_bytes([7; 16]);

impl Site {
    async fn new() -> Self {
        let epoch = Epoch(uuid::Uuid::nil());
        let bench = Bench::new(Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16]))));
        bench.profile("boot").await;
        let host = HostKey::Id(bench.register(1, false).await.id);
        let store = Arc::new(PausingStore::new(bench.store.clone(), Arc::default()));
        let mut parts = bench.parts.clone();
        parts.store = store.clone();
        let orchestrator = Orchestrator::new(parts, Limits::default());
        Self { bench, store, orchestrator, host }
    }

    async fn order(&self) -> Result<Marked, OrchestratorError> {
        let mut order = MarkOrder::default();
        order.id = Some(ID);
        self.orchestrator.mark(&self.bench.operator, &self.host, order).await
    }
}

/// Polls all futures in turn, one step each.
fn in_turn<T>(mut all: Vec<Pin<&mut dyn Future<Output = T>>>) -> Vec<T> {
    let mut context = Context::from_waker(Waker::noop());
    let mut done = Vec::new();
    while !all.is_empty() {
        all.retain_mut(|future| match future.as_mut().poll(&mut context) {
            Poll::Ready(result) => {
                done.push(result);
                false
            }
            Poll::Pending => true,
        });
    }
    done
}

#[tokio::test]
async fn an_order_given_twice_at_once_is_one() {
    let orchestrator = Site::new().await;
    let (one, other) = (pin!(orchestrator.order()), pin!(orchestrator.order()));
    let marked: Vec<_> = in_turn(vec![one, other]).into_iter().map(Result::unwrap).collect();
    assert_eq!(marked.iter().filter(|marked| marked.created).count(), 1);
    for marked in marked {
        assert_eq!(marked.lease.mark.unwrap().id, ID);
    }
}

#[tokio::test]
async fn an_order_that_was_stored_without_a_word_stands() {
    let orchestrator = Site::new().await;
    orchestrator.store.fail_next(Fault::After);
    let order = pin!(orchestrator.order());
    let marked = in_turn(vec![order]).remove(0).unwrap();
    assert_eq!(marked.id, ID);
    assert_eq!(orchestrator.bench.host(1).await.lease.phase(), Phase::Marked);
}
