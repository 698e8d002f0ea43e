//! An install that goes on during an attack.

use super::{Result, boot::PROMISE, client::Client, process::Server};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// No attacker has this address.
const MACHINE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
const PAUSE: Duration = Duration::from_millis(200);
/// How long the installer waits here, to see how late an answer was.
const PATIENCE: Duration = Duration::from_secs(15);

/// The ticket in a script.
pub(crate) fn ticket(script: &str) -> Option<String> {
    let (before, _) = script.split_once("/claim")?;
    let (_, ticket) = before.rsplit_once("t/")?;
    Some(ticket.to_owned()).filter(|ticket| ticket.len() == 48)
}

/// Claims, fetches and reports until the end. What was broken, and the number of steps.
pub(crate) async fn run(
    server: &Server,
    ticket: String,
    until: Instant,
) -> (u32, Result<(), String>) {
    let mut installer = Installer { server, ticket, client: None, steps: 0 };
    let done = installer.install(until).await;
    (installer.steps, done.map_err(|error| error.to_string()))
}

struct Installer<'a> {
    server: &'a Server,
    ticket: String,
    client: Option<Client>,
    steps: u32,
}

impl Installer<'_> {
    async fn install(&mut self, until: Instant) -> Result<()> {
        self.step("media/vmlinuz", "", 200).await?;
        self.step("claim", "", 200).await?;
        self.step("answer/tiny.conf", "", 200).await?;
        let mut part = 0_u32;
        while Instant::now() < until {
            let (from, to) = (part % 64 * 1024, part % 64 * 1024 + 1023);
            let range = format!("Range: bytes={from}-{to}\r\n");
            self.step("media/disk.img", &range, 206).await?;
            if part.is_multiple_of(5) {
                let report = format!("report?status=progress&message=part%20{part}");
                self.step(&report, "", 204).await?;
            }
            part += 1;
            sleep(PAUSE).await;
        }
        self.step("report?status=done", "", 204).await
    }

    /// Asks on the connection that is there. One that was closed meanwhile is opened anew, once.
    async fn step(&mut self, what: &str, head: &str, wanted: u16) -> Result<()> {
        let (began, before) = (Instant::now(), self.server.starved());
        let target = format!("/boot/v1/t/{}/{what}", self.ticket);
        let asked = timeout(PATIENCE, self.ask(&target, head)).await;
        let took = began.elapsed();
        let status = asked.map_err(|_| format!("{what}: no answer in {PATIENCE:?}"))??.0;
        self.steps += 1;
        if status != wanted {
            return Err(format!("{what}: {status} instead of {wanted}").into());
        }
        let starved = self.server.starved().saturating_sub(before);
        if took > PROMISE + starved {
            return Err(format!("{what}: it took {took:?}").into());
        }
        Ok(())
    }

    async fn ask(&mut self, target: &str, head: &str) -> Result<(u16, String)> {
        if let Some(mut client) = self.client.take()
            && let Ok(answer) = client.ask(target, head).await
        {
            self.client = Some(client);
            return Ok(answer);
        }
        let mut client = Client::new(MACHINE, self.server.address).await?;
        let answer = client.ask(target, head).await?;
        self.client = Some(client);
        Ok(answer)
    }
}

/// Boots a marked host up to its ticket.
pub(crate) async fn offer(server: SocketAddr, request: &str) -> Result<String> {
    let mut client = Client::new(MACHINE, server).await?;
    let (status, script) = client.get(request).await?;
    let found = ticket(&script);
    found.ok_or_else(|| format!("no install is offered: {status} {script}").into())
}

/// Claims a ticket.
pub(crate) async fn claim(server: SocketAddr, ticket: &str) -> Result<()> {
    let mut client = Client::new(MACHINE, server).await?;
    match client.get(&format!("/boot/v1/t/{ticket}/claim")).await? {
        (200, _) => Ok(()),
        (status, text) => Err(format!("the claim is {status}: {text}").into()),
    }
}
