//! Where a server is, and who logs in how.

use std::path::PathBuf;
use tiberius::{AuthMethod, Config, EncryptionLevel};
use zeroize::Zeroizing;

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// The server's certificate and name are checked.
    Required,
    /// The same, from the first byte on (TDS 8.0).
    Strict,
    /// Encrypted, for whoever answers.
    Unverified,
    /// Only the login is encrypted, for whoever answers.
    Login,
    Disabled,
}

impl Encryption {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "required" => Self::Required,
            "strict" => Self::Strict,
            "unverified" => Self::Unverified,
            "login" => Self::Login,
            "disabled" => Self::Disabled,
            _ => return None,
        })
    }

    pub(super) const fn is_verified(self) -> bool {
        matches!(self, Self::Required | Self::Strict)
    }

    const fn level(self) -> EncryptionLevel {
        match self {
            Self::Required | Self::Unverified => EncryptionLevel::Required,
            Self::Strict => EncryptionLevel::Strict,
            Self::Login => EncryptionLevel::Off,
            Self::Disabled => EncryptionLevel::NotSupported,
        }
    }
}

/// A database on a server.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// The name of an instance, whose port the server's browser service tells.
    pub(super) instance: Option<String>,
    pub(super) database: String,
    /// Empty for a login by Kerberos.
    pub(super) user: String,
    pub(super) password: Zeroizing<String>,
    /// The ticket of the user of this program is the login.
    pub(super) is_kerberos: bool,
    pub(super) encryption: Encryption,
    /// Certificates of an authority beside those of the system.
    pub(super) ca: Option<PathBuf>,
    /// The name in the server's certificate, if it is not the host's.
    pub(super) certificate_name: Option<String>,
    /// Asks all addresses of the host at once.
    pub(super) multi_subnet_failover: bool,
}

impl Target {
    /// The same database at the address that the server has named.
    pub(super) fn routed(&self, host: String, port: u16) -> Self {
        Self { host, port: Some(port), instance: None, ..self.clone() }
    }

    fn login(&self) -> AuthMethod {
        #[cfg(feature = "mssql-gssapi")]
        if self.is_kerberos {
            return AuthMethod::Integrated;
        }
        AuthMethod::sql_server(&self.user, self.password.as_str())
    }

    /// Statements have a limit of their own, which covers the sending, too.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::new();
        config.host(&self.host);
        if let Some(port) = self.port {
            config.port(port);
        }
        if let Some(instance) = &self.instance {
            config.instance_name(instance);
        }
        config.database(&self.database);
        config.application_name("ipxe-orch");
        config.authentication(self.login());
        config.encryption(self.encryption.level());
        if !self.encryption.is_verified() {
            config.trust_cert();
        } else if let Some(ca) = &self.ca {
            config.trust_cert_ca(ca.display());
        }
        // An IPv6 address stands in brackets, but not in a certificate.
        let bare = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if let Some(name) = self.certificate_name.as_deref().or(bare) {
            config.hostname_in_certificate(name);
        }
        config.multi_subnet_failover(self.multi_subnet_failover);
        config.command_timeout(None);
        config
    }
}
