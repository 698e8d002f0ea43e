//! Where the audit is forwarded to, as an administrator writes it.

use ipxe_orch_core::{digest::Digest, text::shown};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, path::PathBuf};

/// A receiver of syslog: a table `[[audit.forward]]` of the settings. A key that is not known is an
/// error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SinkOptions {
    /// Its name in lists and alerts.
    pub name: String,
    /// `siem.example:6514` for TLS, or `tcp://127.0.0.1:514` without it on this machine.
    pub address: String,
    /// PEM file with the authorities that may sign its certificate. Without it, those that this
    /// machine trusts.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the certificate that this server shows, and those between it and its root.
    pub certificate: Option<PathBuf>,
    /// PEM file with the key of that certificate.
    pub key: Option<PathBuf>,
    /// The facility of the messages: `audit` if none is given.
    #[serde(default)]
    pub facility: Facility,
    /// The name of the program in the messages.
    #[serde(default = "app_name")]
    pub app_name: String,
}

fn app_name() -> String {
    "ipxe-orch".to_owned()
}

/// A facility of syslog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "RFC 5424 names them")]
#[non_exhaustive]
pub enum Facility {
    Daemon,
    Auth,
    AuthPriv,
    #[default]
    Audit,
    Local0,
    Local1,
    Local2,
    Local3,
    Local4,
    Local5,
    Local6,
    Local7,
}

impl Facility {
    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Daemon => 3,
            Self::Auth => 4,
            Self::AuthPriv => 10,
            Self::Audit => 13,
            Self::Local0 => 16,
            Self::Local1 => 17,
            Self::Local2 => 18,
            Self::Local3 => 19,
            Self::Local4 => 20,
            Self::Local5 => 21,
            Self::Local6 => 22,
            Self::Local7 => 23,
        }
    }
}

/// A sink that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sink `{name}` of [[audit.forward]]: {why}")]
pub struct InvalidSink {
    name: String,
    why: String,
}

/// Host, port, and whether the connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

impl SinkOptions {
    /// Checks what can be checked without the network and files.
    ///
    /// # Errors
    /// [`InvalidSink`] names what is wrong.
    pub fn check(&self) -> Result<(), InvalidSink> {
        let wrong = |why: &str| Err(self.wrong(why));
        let word = |text: &str| text.chars().all(|c| c.is_ascii_graphic());
        if self.name.is_empty() || self.name.len() > 64 || !word(&self.name) {
            return wrong("`name` is 1 to 64 letters, digits or signs of ASCII");
        }
        if self.app_name.is_empty() || self.app_name.len() > 48 || !word(&self.app_name) {
            return wrong("`app_name` is 1 to 48 letters, digits or signs of ASCII");
        }
        if self.certificate.is_some() != self.key.is_some() {
            return wrong("`certificate` and `key` belong together");
        }
        let address = self.address()?;
        if address.tls {
            return Ok(());
        }
        if self.ca_file.is_some() || self.certificate.is_some() {
            return wrong("`tcp://` is not encrypted, and takes no `ca_file` and no `certificate`");
        }
        let local = address.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if local || address.host == "localhost" {
            return Ok(());
        }
        wrong("`tcp://` is for this machine alone: leave it out, and the connection is encrypted")
    }

    pub(super) fn address(&self) -> Result<Address, InvalidSink> {
        let (tls, rest) = match self.address.split_once("://") {
            None => (true, self.address.as_str()),
            Some(("tls", rest)) => (true, rest),
            Some(("tcp", rest)) => (false, rest),
            Some(_) => return Err(self.wrong("`address` begins with nothing, tls:// or tcp://")),
        };
        let form = || self.wrong("`address` is HOST:PORT, such as siem.example:6514");
        let (host, port) = rest.rsplit_once(':').ok_or_else(form)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse().map_err(|_| form())?;
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        if host.is_empty() || !host.chars().all(letters) {
            return Err(form());
        }
        Ok(Address { host: host.to_owned(), port, tls })
    }

    pub(super) fn wrong(&self, why: impl Into<String>) -> InvalidSink {
        InvalidSink { name: shown(&self.name).into_owned(), why: why.into() }
    }

    /// Everything about it, as JSON. It holds no secret.
    pub fn definition(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The sink of a [`definition`](Self::definition).
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_definition(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// By which it is told apart from others: another address is another sink.
    pub fn id(&self) -> Digest {
        Digest::of(self.definition())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sink(text: &str) -> SinkOptions {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn only_this_machine_is_told_without_encryption() {
        let at = |address: &str| {
            sink(&format!(r#"{{"name":"siem","address":"{address}"}}"#)).check().map_err(|e| e.why)
        };
        for right in [
            "siem.example:6514",
            "tls://10.0.0.1:6514",
            "[2001:db8::1]:6514",
            "tcp://127.0.0.1:514",
            "tcp://[::1]:514",
            "tcp://localhost:514",
        ] {
            assert_eq!(at(right), Ok(()), "{right}");
        }
        for wrong in [
            "",
            "siem.example",
            ":6514",
            "a b:1",
            "siem:99999",
            "udp://127.0.0.1:514",
            "tcp://10.0.0.1:514",
            "tcp://localhost.example:514",
        ] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_definition_comes_back_and_tells_sinks_apart() {
        let one = sink(r#"{"name":"a","address":"b:1"}"#);
        assert_eq!(SinkOptions::from_definition(&one.definition()), Ok(one.clone()));
        assert_ne!(one.id(), sink(r#"{"name":"a","address":"b:2"}"#).id());
        assert_ne!(one.id(), sink(r#"{"name":"a","address":"b:1","ca_file":"x"}"#).id());
        let half = sink(r#"{"name":"a","address":"b:1","key":"x"}"#);
        assert!(half.check().unwrap_err().to_string().contains("belong together"));
    }
}
