//! The TCP connection to a server, which may have several addresses, or be one of several instances on
//! its machine.

use super::target::Target;
use std::{future::Future, net::SocketAddr, time::Duration};
use tiberius::{
    Config, SqlBrowser as _,
    error::{Error, IoErrorKind},
};
use tokio::{
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::timeout,
};

/// The longest time for all addresses together.
const TCP: Duration = Duration::from_secs(5);

/// Connects to the first address that takes the connection: to one after another, or to all at once.
pub(super) async fn reach(target: &Target) -> Result<TcpStream, Error> {
    let config = target.config();
    let addresses = within(TCP, find(config.get_addr())).await?;
    let config = target.instance.is_some().then_some(config);
    if target.multi_subnet_failover {
        all(config, addresses).await
    } else {
        each(config, addresses).await
    }
}

async fn find(address: String) -> Result<Vec<SocketAddr>, Error> {
    Ok(lookup_host(address).await?.collect())
}

/// An address that does not answer leaves the others their part of the time.
async fn each(config: Option<Config>, addresses: Vec<SocketAddr>) -> Result<TcpStream, Error> {
    let part = TCP / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut failure = nobody();
    for address in addresses {
        match within(part, connect(config.clone(), address)).await {
            Err(error) => failure = error,
            done => return done,
        }
    }
    Err(failure)
}

async fn all(config: Option<Config>, addresses: Vec<SocketAddr>) -> Result<TcpStream, Error> {
    let mut tries = JoinSet::new();
    for address in addresses {
        tries.spawn(within(TCP, connect(config.clone(), address)));
    }
    let mut failure = nobody();
    while let Some(done) = tries.join_next().await {
        match done {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => failure = error,
            Err(_) => {}
        }
    }
    Err(failure)
}

/// With the configuration of an instance, the machine is asked for the port of the instance first.
async fn connect(config: Option<Config>, address: SocketAddr) -> Result<TcpStream, Error> {
    let Some(mut config) = config else {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        return Ok(tcp);
    };
    let ip = address.ip();
    config.host(if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() });
    match TcpStream::connect_named(&config).await {
        // The question or its answer may have got lost: this is like a connection that failed.
        Err(Error::Conversion(why)) => Err(Error::Io {
            kind: IoErrorKind::NotConnected,
            message: format!(
                "the browser service of {ip} (UDP port 1434) did not tell the port of the instance \
                 ({why}): start it and open its port, or write the port of the instance into the URL \
                 instead of its name"
            ),
        }),
        done => done,
    }
}

fn nobody() -> Error {
    let message = "the name of the host has no address".to_owned();
    Error::Io { kind: IoErrorKind::NotFound, message }
}

/// # Errors
/// `TimedOut` after the time.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let late = |_| Error::Io {
        kind: IoErrorKind::TimedOut,
        message: format!("the database server did not answer within {} ms", limit.as_millis()),
    };
    Box::pin(timeout(limit, work)).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        net::{TcpListener, TcpSocket},
        time::Instant,
    };

    /// A port whose queue is full. It answers to nobody while the queue lives.
    async fn silent() -> (SocketAddr, (Vec<TcpStream>, TcpListener)) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let (address, mut queue) = (listener.local_addr().unwrap(), Vec::new());
        let wait = Duration::from_millis(200);
        while let Ok(Ok(tcp)) = timeout(wait, TcpStream::connect(address)).await {
            queue.push(tcp);
        }
        (address, (queue, listener))
    }

    /// Which of these addresses was reached, and after which time.
    async fn reached(addresses: Vec<SocketAddr>, at_once: bool) -> (SocketAddr, Duration) {
        let start = Instant::now();
        let tcp = if at_once { all(None, addresses).await } else { each(None, addresses).await };
        (tcp.unwrap().peer_addr().unwrap(), start.elapsed())
    }

    #[tokio::test]
    async fn an_address_that_does_not_answer_leaves_time_for_the_next() {
        let (silent, _queue) = silent().await;
        let good = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = good.local_addr().unwrap();
        let (found, took) = reached(vec![silent, good], false).await;
        assert!(found == good && took >= TCP / 2 && took < TCP, "{found}, {took:?}");
    }

    #[tokio::test]
    async fn all_addresses_are_asked_at_once_for_a_failover_to_another_subnet() {
        let (silent, _queue) = silent().await;
        let good = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refusing = "127.0.0.1:1".parse().unwrap();
        let good = good.local_addr().unwrap();
        let (found, took) = reached(vec![silent, refusing, good], true).await;
        assert!(found == good && took < TCP / 2, "{found}, {took:?}");
    }

    #[tokio::test]
    async fn without_a_server_the_last_failure_is_told() {
        let refusing = || vec!["127.0.0.1:1".parse().unwrap(); 2];
        for error in [each(None, refusing()).await, all(None, refusing()).await] {
            assert!(error.unwrap_err().to_string().contains("refused"));
        }
        let error = each(None, Vec::new()).await.unwrap_err();
        assert!(error.to_string().contains("has no address"), "{error}");
    }
}
