//! The settings of one origin: a file, the environment or the command line.

use super::{Database, KeepDays, Listen, LogLevel, listen};
use crate::http::BasePath;
use ipnet::IpNet;
#[cfg(feature = "ldap")]
use ipxe_orch_backends::ldap::DirectoryOptions;
#[cfg(feature = "syslog")]
use ipxe_orch_backends::syslog::SinkOptions;
use ipxe_orch_core::boot::ServerUrl;
use serde::Deserialize;
use std::path::PathBuf;

/// The settings of one origin. For a setting that it does not have, the next origin counts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields of `Config` say it")]
pub struct Layer {
    pub data_dir: Option<PathBuf>,
    pub database: Option<Database>,
    pub database_password_file: Option<PathBuf>,
    #[serde(deserialize_with = "listen::one_or_several")]
    pub listen: Option<Vec<Listen>>,
    pub base_path: Option<BasePath>,
    pub server_urls: Option<Vec<ServerUrl>>,
    pub trusted_proxies: Option<Vec<IpNet>>,
    pub media_dir: Option<PathBuf>,
    pub profile_dirs: Option<Vec<PathBuf>>,
    pub firmware_dirs: Option<Vec<PathBuf>>,
    #[cfg(feature = "ldap")]
    #[serde(rename = "directory")]
    pub directories: Option<Vec<DirectoryOptions>>,
    pub audit: AuditLayer,
    pub connections: ConnectionsLayer,
    pub events: EventsLayer,
    pub log: LogLayer,
}

/// The part of a [`Layer`] about the audit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields of `Config` say it")]
pub struct AuditLayer {
    pub keep_days: Option<KeepDays>,
    #[cfg(feature = "syslog")]
    pub forward: Option<Vec<SinkOptions>>,
}

/// The part of a [`Layer`] about connections.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields of `Config` say it")]
pub struct ConnectionsLayer {
    pub most: Option<u32>,
    pub per_address: Option<u32>,
}

/// The part of a [`Layer`] about boot events.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields of `Config` say it")]
pub struct EventsLayer {
    pub keep_days: Option<u32>,
    pub keep_rows: Option<u32>,
}

/// The part of a [`Layer`] about the log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields of `Config` say it")]
pub struct LogLayer {
    pub level: Option<LogLevel>,
    pub json: Option<bool>,
}
