//! Options to open a database on a SQL Server.

use super::{
    super::{error::OpenError, events::EventRetention},
    target::{Encryption, Target},
};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use percent_encoding::percent_decode_str;
use std::{fmt, path::PathBuf, time::Duration};
use url::Url;
use zeroize::Zeroizing;

/// How an [`MssqlStore`](super::super::MssqlStore) is opened.
#[derive(Clone)]
#[non_exhaustive]
pub struct MssqlOptions {
    pub(super) target: Target,
    /// The file with the last heads of the audit chains, apart from the database: it shows that the
    /// database was set back. It is made with mode 0600 if it is not there.
    pub heads: PathBuf,
    /// The audit chain of this data directory.
    pub chain: ChainId,
    /// The epoch of a new database ([`Epoch::generate`]). An existing database keeps its own.
    pub new_epoch: Epoch,
    /// The current time, for the record of migrations.
    pub now: Timestamp,
    /// Whether opening the database brings its tables up to date; true by default. The login needs
    /// the right to change tables then.
    pub migrate: bool,
    /// The largest number of connections; 8 by default.
    pub connections: u32,
    /// The longest time for a statement; 30 s by default. Who waits for a row gives up after 5 s.
    pub command_timeout: Duration,
    /// How long a caller waits for a connection; 5 s by default. A boot asks the next server then.
    pub acquire_timeout: Duration,
    /// How long boot events are kept.
    pub keep_events: EventRetention,
}

/// Without the password.
impl fmt::Debug for MssqlOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MssqlOptions").field("target", &self.target).finish_non_exhaustive()
    }
}

/// Without the password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("host", &self.host)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

const FORM: &str =
    "it cannot be read: write mssql://USER@HOST:PORT/DATABASE, with %XX for signs in the names";

impl MssqlOptions {
    /// Options for `mssql://USER@HOST:PORT/DATABASE`. After a `?` and between `&` may stand:
    ///
    /// | option | does |
    /// |---|---|
    /// | `instance=NAME` | asks the server's browser service for the port of this instance |
    /// | `multi-subnet-failover=true` | asks all addresses of the host at once, for availability groups |
    /// | `encrypt=strict` | encrypts from the first byte on (TDS 8.0, SQL Server 2022) |
    /// | `encrypt=unverified` | encrypts, but does not check who answers |
    /// | `encrypt=login` | encrypts only the login, and does not check who answers |
    /// | `encrypt=disabled` | encrypts nothing |
    /// | `ssl-ca=FILE` | trusts the certificates of an authority of your own as well |
    /// | `authentication=kerberos` | logs in with a Kerberos ticket, without USER and a password; needs the feature `mssql-gssapi` |
    /// | `host-name-in-certificate=NAME` | expects this name in the server's certificate |
    ///
    /// Without `encrypt` the connection is encrypted, and the server's certificate and name are
    /// checked.
    ///
    /// # Errors
    /// [`OpenError::Url`] for anything else.
    pub fn from_url(
        url: &str,
        heads: PathBuf,
        chain: ChainId,
        new_epoch: Epoch,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let target = target(url).map_err(|why| OpenError::Url { why })?;
        Ok(Self {
            target,
            heads,
            chain,
            new_epoch,
            now,
            migrate: true,
            connections: 8,
            command_timeout: Duration::from_secs(30),
            acquire_timeout: Duration::from_secs(5),
            keep_events: EventRetention::DEFAULT,
        })
    }

    /// The same with this password, which is better kept in a file than in a URL.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.target.password = Zeroizing::new(password.to_owned());
        self
    }
}

/// Reads the URL, without connecting.
pub(in super::super) fn check_url(url: &str) -> Result<(), OpenError> {
    target(url).map(drop).map_err(|why| OpenError::Url { why })
}

fn target(url: &str) -> Result<Target, &'static str> {
    if !url.starts_with("mssql://") && !url.starts_with("sqlserver://") {
        return Err("write mssql://USER@HOST/DATABASE");
    }
    let url = Url::parse(url).map_err(|_| FORM)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
    let database = decoded(url.path().trim_start_matches('/'))?;
    if database.is_empty() {
        return Err("the name of the database is missing after the host");
    }
    let mut target = Target {
        host: decoded(host)?,
        port: url.port(),
        instance: None,
        database,
        user: decoded(url.username())?,
        password: Zeroizing::new(decoded(url.password().unwrap_or_default())?),
        is_kerberos: false,
        encryption: Encryption::Required,
        ca: None,
        certificate_name: None,
        multi_subnet_failover: false,
    };
    for (name, value) in url.query_pairs() {
        option(&mut target, &name, value.into_owned())?;
    }
    check(&target)?;
    Ok(target)
}

fn decoded(text: &str) -> Result<String, &'static str> {
    Ok(percent_decode_str(text).decode_utf8().map_err(|_| FORM)?.into_owned())
}

fn option(target: &mut Target, name: &str, value: String) -> Result<(), &'static str> {
    match name {
        "instance" => target.instance = Some(value),
        "multi-subnet-failover" => {
            target.multi_subnet_failover =
                value.parse().map_err(|_| "write multi-subnet-failover=true or =false")?;
        }
        "encrypt" => {
            target.encryption = Encryption::from_name(&value)
                .ok_or("write encrypt=required, =strict, =unverified, =login or =disabled")?;
        }
        "authentication" => target.is_kerberos = kerberos(&value)?,
        "ssl-ca" => target.ca = Some(PathBuf::from(value)),
        "host-name-in-certificate" => target.certificate_name = Some(value),
        _ => {
            return Err("there is an option that is not one of instance, multi-subnet-failover, \
                 encrypt, authentication, ssl-ca and host-name-in-certificate");
        }
    }
    Ok(())
}

fn kerberos(value: &str) -> Result<bool, &'static str> {
    match value {
        "kerberos" if cfg!(feature = "mssql-gssapi") => Ok(true),
        "kerberos" => Err("this program was built without Kerberos: build it with the feature \
             mssql-gssapi, or name a login before the host"),
        _ => Err("write authentication=kerberos, or name a login before the host"),
    }
}

fn check(target: &Target) -> Result<(), &'static str> {
    if target.user.is_empty() && !target.is_kerberos {
        return Err("the name of the login is missing before the host");
    }
    if target.is_kerberos && !(target.user.is_empty() && target.password.is_empty()) {
        return Err("with authentication=kerberos, the ticket is the login: leave out USER@");
    }
    if target.port.is_some() && target.instance.is_some() {
        return Err("it names a port and an instance: leave one of them out");
    }
    let checks = target.ca.is_some() || target.certificate_name.is_some();
    if checks && !target.encryption.is_verified() {
        return Err("ssl-ca and host-name-in-certificate need encrypt=required or =strict");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(url: &str) -> &'static str {
        target(url).unwrap_err()
    }

    #[test]
    fn a_url_names_all_that_is_needed() {
        let all = "mssql://boot%40site:se%2Fcret@db.example.test:1444/hosts%20of%20A";
        let found = target(all).unwrap();
        assert_eq!((found.host.as_str(), found.port), ("db.example.test", Some(1444)));
        assert_eq!((found.user.as_str(), found.password.as_str()), ("boot@site", "se/cret"));
        assert_eq!(found.database, "hosts of A");
        assert_eq!(found.encryption, Encryption::Required);
        assert!(!found.multi_subnet_failover);
        let address = target("mssql://u@[2001:db8::7]/d").unwrap();
        assert_eq!(address.config().get_addr(), "[2001:db8::7]:1433");
    }

    #[test]
    fn options_are_read() {
        let all = "mssql://u@h/d?instance=SQL2022&multi-subnet-failover=true&encrypt=strict\
                   &ssl-ca=%2Fetc%2Fca.pem&host-name-in-certificate=sql.example.test";
        let found = target(all).unwrap();
        assert_eq!(found.instance.as_deref(), Some("SQL2022"));
        assert_eq!(found.encryption, Encryption::Strict);
        assert_eq!(found.ca, Some(PathBuf::from("/etc/ca.pem")));
        assert_eq!(found.certificate_name.as_deref(), Some("sql.example.test"));
        assert!(found.config().get_multi_subnet_failover());
        assert_eq!(found.config().get_addr(), "h:1434");
        let routed = found.routed("other".to_owned(), 11_001);
        assert_eq!(routed.config().get_addr(), "other:11001");
        assert_eq!((routed.instance.as_deref(), routed.database.as_str()), (None, "d"));
    }

    #[test]
    fn a_ticket_is_a_login_where_the_program_can_use_it() {
        let url = "mssql://h/d?authentication=kerberos";
        if cfg!(feature = "mssql-gssapi") {
            assert!(target(url).unwrap().is_kerberos);
            assert!(why(&url.replace("//h", "//u@h")).contains("leave out USER@"));
        } else {
            assert!(why(url).contains("build it with the feature mssql-gssapi"));
        }
        assert!(why("mssql://h/d?authentication=ntlm").contains("authentication=kerberos"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_remedy() {
        assert!(why("mysql://u@h/d").contains("mssql://USER@HOST/DATABASE"));
        assert!(why("mssql://u@h:port/d").contains("it cannot be read"));
        assert!(why("mssql://u@h").contains("the name of the database is missing"));
        assert!(why("mssql://h/d").contains("the name of the login is missing"));
        assert!(why("mssql://u@h/d?encrypt=no").contains("=disabled"));
        assert!(why("mssql://u@h/d?trust=1").contains("an option that is not one of"));
        assert!(why("mssql://u@h:1/d?instance=I").contains("a port and an instance"));
        assert!(why("mssql://u@h/d?ssl-ca=f&encrypt=login").contains("need encrypt=required"));
    }

    #[test]
    fn a_password_is_not_shown() {
        let (chain, epoch) = (ChainId::from_bytes([1; 16]), Epoch(uuid::Uuid::nil()));
        let now = Timestamp::from_millis(0);
        let url = "mssql://u:geheim@h/d";
        let options = MssqlOptions::from_url(url, PathBuf::new(), chain, epoch, now).unwrap();
        assert!(!format!("{options:?}").contains("geheim"));
        let options = options.with_password("other");
        assert_eq!(options.target.password.as_str(), "other");
        let refused =
            MssqlOptions::from_url("mssql://u:geheim@h", PathBuf::new(), chain, epoch, now);
        assert!(!refused.unwrap_err().to_string().contains("geheim"));
    }
}
