//! Requests, one after the other on many connections.

use super::{
    attack::{Counts, attacker},
    client::Client,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

/// What is sent.
pub(crate) struct Flood {
    target: String,
    /// Whether each request has a number at its end.
    numbered: bool,
    connections: u32,
    /// So many requests in a second, of all connections together.
    per_second: u32,
}

impl Flood {
    pub(crate) fn of(target: &str, connections: u32, per_second: u32) -> Self {
        Self { target: target.to_owned(), numbered: false, connections, per_second }
    }

    pub(crate) fn numbered(self) -> Self {
        Self { numbered: true, ..self }
    }
}

pub(crate) fn start(flood: Flood, server: SocketAddr, counts: &Counts) -> JoinSet<()> {
    let (flood, mut all) = (Arc::new(flood), JoinSet::new());
    for number in 0..flood.connections {
        all.spawn(send(flood.clone(), number, server, counts.clone()));
    }
    all
}

async fn send(flood: Arc<Flood>, number: u32, server: SocketAddr, counts: Counts) {
    let period = Duration::from_secs(1) * flood.connections / flood.per_second.max(1);
    // Spread over the period.
    sleep(period * number / flood.connections.max(1)).await;
    let mut pace = interval(period);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let from = attacker(usize::try_from(number).unwrap_or(0));
    let (mut client, mut count) = (None, 0_u64);
    loop {
        pace.tick().await;
        counts.attempt();
        count += 1;
        let own = if flood.numbered { format!("{number}-{count}") } else { String::new() };
        let target = format!("{}{own}", flood.target);
        let mut asking = match client.take() {
            Some(client) => client,
            None => match Client::new(from, server).await {
                Ok(client) => client,
                Err(_) => continue,
            },
        };
        if asking.get(&target).await.is_ok() {
            counts.answer();
            client = Some(asking);
        }
    }
}
