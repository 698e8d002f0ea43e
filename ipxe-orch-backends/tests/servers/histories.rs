//! Random histories against one database, a fresh host for each: two servers with a store each.

use crate::{
    common::{Place, Server},
    random::histories,
};
use ipxe_orch_core::conformance::{Bench, play_on_two};
use std::sync::Arc;

mod mariadb {
    #[test]
    fn at_most_one_claim_per_mark_and_no_mark_lost() {
        super::at_most_one_claim_per_mark_and_no_mark_lost(crate::common::Server::Mariadb);
    }
}

mod postgres {
    #[test]
    fn at_most_one_claim_per_mark_and_no_mark_lost() {
        super::at_most_one_claim_per_mark_and_no_mark_lost(crate::common::Server::Postgres);
    }
}

mod mssql {
    #[test]
    fn at_most_one_claim_per_mark_and_no_mark_lost() {
        super::at_most_one_claim_per_mark_and_no_mark_lost(crate::common::Server::Mssql);
    }
}

fn at_most_one_claim_per_mark_and_no_mark_lost(server: Server) {
    if server.is_skipped() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_place, bench, second) = runtime.block_on(async {
        let place = Arc::new(Place::new(server).await);
        let bench = Bench::with_place(place.open(1).await, Arc::clone(&place), |place| {
            Box::pin(async move { place.open(2).await })
        });
        let second = bench.second().await;
        (place, bench, second)
    });
    histories(64, |number, bytes| runtime.block_on(play_on_two(&bench, &second, number, bytes)));
}
