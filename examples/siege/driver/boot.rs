//! A machine that boots again and again.

use super::{Result, client::Client, process::Server};
use ipxe_orch_core::boot::LOCAL_SCRIPT;
use std::{net::Ipv4Addr, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// No attacker has this address.
const MACHINE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// What each boot is promised.
pub(crate) const PROMISE: Duration = Duration::from_secs(2);
/// How long a machine waits here, to see how late it was.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(100);

/// What came of all boots.
#[derive(Debug, Default)]
pub(crate) struct Boots {
    pub(crate) times: Vec<Duration>,
    /// The longest time for which the system kept the server from running during a boot.
    pub(crate) starved: Duration,
    pub(crate) broken: Vec<String>,
}

impl Boots {
    pub(crate) fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    pub(crate) fn longest(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }
}

pub(crate) async fn run(server: &Server, request: &str, until: Instant) -> Boots {
    let mut boots = Boots::default();
    while Instant::now() < until {
        let (began, before) = (Instant::now(), server.starved());
        let booted = timeout(PATIENCE, boot(server, request)).await;
        let (took, starved) = (began.elapsed(), server.starved().saturating_sub(before));
        boots.times.push(took);
        boots.starved = boots.starved.max(starved);
        match booted {
            Ok(Ok(())) if took <= PROMISE + starved => {}
            Ok(Ok(())) => boots.broken.push(format!("a boot took {took:?}")),
            Ok(Err(error)) => boots.broken.push(format!("a boot failed after {took:?}: {error}")),
            Err(_) => boots.broken.push(format!("a boot was not answered in {PATIENCE:?}")),
        }
        sleep(PAUSE).await;
    }
    boots
}

/// As the script of an image does it: the canary, then the script.
async fn boot(server: &Server, request: &str) -> Result<()> {
    let mut client = Client::new(MACHINE, server.address).await?;
    let (status, _) = client.get("/boot/v1/canary").await?;
    if status != 404 {
        return Err(format!("the canary is {status}").into());
    }
    match client.get(request).await? {
        (200, script) if script == LOCAL_SCRIPT => Ok(()),
        (status, text) => Err(format!("the script is {status}: {text}").into()),
    }
}
