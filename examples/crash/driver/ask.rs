//! Asks servers until one decides, and keeps all that they said.

use super::{
    Client, Reply, Result, Run,
    counts::{Counts, add},
    fail,
    plan::Asking,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// By then some server must have decided.
const PATIENCE: Duration = Duration::from_mins(1);

/// All answers to one thing that was asked, the decision last.
#[derive(Debug)]
pub(crate) struct Replies(Vec<Reply>);

impl Replies {
    pub(crate) fn bodies(&self, wanted: u16) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(move |reply| match reply {
            Reply::Answer(status, body) if *status == wanted => Some(body.as_str()),
            _ => None,
        })
    }

    /// Whether something was asked of which the machine does not know what came.
    pub(crate) fn unknown(&self) -> bool {
        self.0.iter().any(|reply| match reply {
            Reply::Unknown => true,
            Reply::Answer(status, _) => *status >= 500,
            Reply::NotSent => false,
        })
    }

    /// The decision, which must be this status.
    pub(crate) fn expect(&self, wanted: u16, what: &str) -> Result<&str> {
        match self.0.last() {
            Some(Reply::Answer(status, body)) if *status == wanted => Ok(body),
            other => fail(format!("{what}: expected {wanted}, got {other:?}")),
        }
    }

    /// All decisions must be this one.
    pub(crate) fn expect_all(&self, wanted: u16, what: &str) -> Result<()> {
        let right = |reply: &Reply| match reply {
            Reply::Answer(status, _) => *status == wanted || *status >= 500,
            Reply::NotSent | Reply::Unknown => true,
        };
        match self.0.iter().find(|reply| !right(reply)) {
            Some(other) => fail(format!("{what}: expected {wanted}, got {other:?}")),
            None => Ok(()),
        }
    }
}

/// A machine's network.
pub(crate) struct Asker {
    run: Arc<Run>,
    client: Client,
}

impl Asker {
    pub(crate) fn new(run: &Arc<Run>) -> Self {
        Self { run: run.clone(), client: Client::new(run.site.servers()) }
    }

    /// Asks as `asking` says, then one server after the other until one decides.
    pub(crate) async fn ask(
        &mut self,
        target: &str,
        asking: Asking,
        first: usize,
    ) -> Result<Replies> {
        let mut replies = self.ask_everywhere(target, asking.everywhere).await?;
        let mut server = first;
        for _ in 0..asking.lost {
            replies.push(self.client.get_and_lose(server, target, asking.patience).await);
            server = server.wrapping_add(1);
        }
        for reply in &replies {
            count(&self.run.counts, reply);
        }
        let start = Instant::now();
        loop {
            let reply = self.client.get(server, target).await;
            count(&self.run.counts, &reply);
            let decided = matches!(reply, Reply::Answer(status, _) if status < 500);
            replies.push(reply);
            if decided {
                return Ok(Replies(replies));
            }
            if start.elapsed() > PATIENCE {
                return fail(format!("no server decides within 60 s: {:?}", replies.last()));
            }
            server = server.wrapping_add(1);
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// So many times at each server, all at once.
    async fn ask_everywhere(&self, target: &str, times: usize) -> Result<Vec<Reply>> {
        let servers = self.run.site.servers();
        let mut all = JoinSet::new();
        for number in 0..servers.len().saturating_mul(times) {
            let (mut client, target) = (Client::new(servers), target.to_owned());
            all.spawn(async move { client.get(number, &target).await });
        }
        let mut replies = Vec::new();
        while let Some(reply) = all.join_next().await {
            replies.push(reply?);
        }
        Ok(replies)
    }
}

fn count(counts: &Counts, reply: &Reply) {
    add(&counts.requests);
    match reply {
        Reply::Unknown => drop(add(&counts.unknown)),
        Reply::Answer(status, _) if *status >= 500 => drop(add(&counts.errors)),
        Reply::Answer(..) | Reply::NotSent => {}
    }
}
