//! How many connections there may be.

use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::SocketAddr;

/// The default of [`Limits::connections`].
pub const CONNECTIONS: u32 = 10_000;
/// Files that the rest of the server needs: the database, its log, keys, profiles.
const RESERVE: u64 = 256;
/// With fewer connections a server is of no use.
const FEWEST: u64 = 16;

/// The limits of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest number of connections at the same time.
    pub connections: u32,
    /// The largest number from one IPv4 address, or from one /64 of IPv6.
    pub per_address: u32,
    /// Proxies, for whose connections the second limit does not hold. They are not closed for
    /// others either.
    pub proxies: Vec<IpNet>,
}

impl Limits {
    /// At most `connections`, and fewer if this process may not open enough files: each connection
    /// takes one file, and a download another one. `per_address` is at most that number; 0 means a
    /// quarter of it.
    pub fn new(connections: u32, per_address: u32) -> Self {
        let possible = (open_files().saturating_sub(RESERVE) / 2).max(FEWEST);
        let connections = connections.min(u32::try_from(possible).unwrap_or(u32::MAX)).max(1);
        let quarter = (connections / 4).max(1);
        let per_address = if per_address == 0 { quarter } else { per_address.min(connections) };
        Self { connections, per_address, proxies: Vec::new() }
    }

    pub(super) fn is_proxy(&self, address: SocketAddr) -> bool {
        let address = address.ip().to_canonical();
        self.proxies.iter().any(|net| net.contains(&address))
    }
}

impl Default for Limits {
    /// At most [`CONNECTIONS`], and a quarter of them from one address.
    fn default() -> Self {
        Self::new(CONNECTIONS, 0)
    }
}

/// How many files this process may have open (the soft limit `RLIMIT_NOFILE`).
pub fn open_files() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Raises the limit of open files as far as it is allowed, to the hard limit. Gives the limit that
/// holds then.
pub fn raise_open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
    open_files()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_connections_than_files() {
        let files = open_files();
        let limits = Limits::new(u32::MAX, u32::MAX);
        assert!(u64::from(limits.connections) <= (files / 2).max(FEWEST), "{limits:?}");
        assert_eq!(limits.per_address, limits.connections);
        let few = Limits::new(8, 0);
        assert_eq!((few.connections, few.per_address), (8, 2));
        assert_eq!(Limits::new(0, 0).per_address, 1);
        assert!(raise_open_files() >= files);
    }
}
