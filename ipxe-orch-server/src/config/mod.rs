//! Settings. An option on the command line counts before the environment, the environment before
//! the file, and the file before the default.
//!
//! This is the only place where the environment is read.

mod credential;
mod environment;
mod error;
mod file;
mod layer;
mod listen;
mod reference;
mod show;
mod table;
mod template;
mod values;

pub use environment::Environment;
pub use error::ConfigError;
pub use layer::{AuditLayer, ConnectionsLayer, EventsLayer, Layer, LogLayer};
pub use listen::{Faces, Listen, TlsFiles};
pub use reference::reference;
#[cfg(feature = "cli")]
pub(crate) use reference::{option_help, variables};
pub use show::ShownSetting;
pub use template::template;
pub use values::{Database, InvalidValue, KeepDays, LogLevel};

use crate::{firmware, http::BasePath, serve::CONNECTIONS};
use ipnet::IpNet;
#[cfg(feature = "ldap")]
use ipxe_orch_backends::ldap::DirectoryOptions;
#[cfg(feature = "syslog")]
use ipxe_orch_backends::syslog::SinkOptions;
use ipxe_orch_core::boot::ServerUrl;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The default: nobody set it.
    Default,
    /// The configuration file.
    File,
    /// A variable of the environment.
    Environment,
    /// An option on the command line.
    Flag,
}

impl fmt::Display for SetBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}

/// A value and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub set_by: SetBy,
}

/// All settings with the values that count.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// The folder for keys, the chain id, and everything else that has no setting of its own.
    pub data_dir: Setting<PathBuf>,
    /// The database with hosts, marks and the audit.
    pub database: Setting<Database>,
    /// The file with the password of the login at a database on a server.
    pub database_password_file: Setting<Option<PathBuf>>,
    /// Where the server listens. By default only this machine reaches it. Scripts and answer files
    /// go out unencrypted, so the operator must choose the network.
    pub listen: Setting<Vec<Listen>>,
    /// What stands before all paths of the server.
    pub base_path: Setting<BasePath>,
    /// The servers that images ask, in this order.
    pub server_urls: Setting<Vec<ServerUrl>>,
    /// Proxies whose `X-Forwarded-For` is believed, such as `10.0.0.5/32`.
    pub trusted_proxies: Setting<Vec<IpNet>>,
    /// The folder with kernels, initrds and images.
    pub media_dir: Setting<PathBuf>,
    /// Folders of profiles, each with a folder per profile.
    pub profile_dirs: Setting<Vec<PathBuf>>,
    /// The folders with ISOLINUX and iPXE.
    pub firmware_dirs: Setting<Vec<PathBuf>>,
    /// The largest number of connections at the same time: 10,000 by default.
    pub connections_most: Setting<u32>,
    /// The largest number from one address. 0, the default, means a quarter of all.
    pub connections_per_address: Setting<u32>,
    /// How many days boot events are kept: 90 by default.
    pub events_keep_days: Setting<u32>,
    /// The largest number of boot events that are kept: 10 million by default.
    pub events_keep_rows: Setting<u32>,
    /// The lowest severity that is logged. The default is `info` for a server, else `warn`.
    pub log_level: Setting<LogLevel>,
    /// Whether each line of the log is a JSON object.
    pub log_json: Setting<bool>,
    /// The directories at which people sign in: tables `[[directory]]` of the file.
    #[cfg(feature = "ldap")]
    pub directories: Vec<DirectoryOptions>,
    /// How many days the audit is kept: for ever by default.
    pub audit_keep_days: Setting<KeepDays>,
    /// Where the audit is forwarded to: tables `[[audit.forward]]` of the file.
    #[cfg(feature = "syslog")]
    pub audit_forward: Vec<SinkOptions>,
    /// The folder with systemd's credentials.
    pub credentials: Option<PathBuf>,
}

impl Config {
    /// Reads the file and the environment; `flags` counts before both.
    ///
    /// # Errors
    /// [`ConfigError`] names the file and line, or the variable.
    pub fn load(
        file: Option<&Path>,
        flags: Layer,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let (path, from_file) = file::load(file, environment)?;
        let layers = [
            (SetBy::Flag, flags),
            (SetBy::Environment, environment.layer()?),
            (SetBy::File, from_file),
        ];
        Ok(Self::resolve(path, &layers, environment))
    }

    /// Whether systemd has put this file there.
    pub(crate) fn is_credential(&self, path: &Path) -> bool {
        path.parent() == Some(&credential::folder(self.credentials.as_deref()))
    }

    /// Raises the log level by so many steps.
    #[cfg(feature = "cli")]
    pub(crate) fn log_more(&mut self, steps: u8) {
        if steps > 0 {
            let value = self.log_level.value.raised(steps);
            self.log_level = Setting { value, set_by: SetBy::Flag };
        }
    }

    /// The defaults for root.
    fn defaults() -> Self {
        let nothing = SetBy::Default;
        let layers = [nothing; 3].map(|set_by| (set_by, Layer::default()));
        Self::resolve(None, &layers, &Environment::of_root())
    }

    /// `layers`: the first that says something counts.
    fn resolve(
        file: Option<PathBuf>,
        layers: &[(SetBy, Layer); 3],
        environment: &Environment,
    ) -> Self {
        let database = pick(layers, |layer| layer.database.clone());
        let data_dir = pick(layers, |layer| layer.data_dir.clone()).unwrap_or_else(|| {
            // Keys and chain id belong to their database, so that they stand beside it.
            let beside = database.as_ref().and_then(|set| set.value.folder());
            let beside = beside.map(|folder| default(folder.to_owned()));
            beside.unwrap_or_else(|| default(environment.default_data_dir()))
        });
        let dir = data_dir.value.clone();
        let own = environment.credentials();
        let credentials = credential::folder(own.as_deref());
        Self {
            file,
            database: database.unwrap_or_else(|| default(Database::file(dir.join("ipxe-orch.db")))),
            database_password_file: pick(layers, |layer| {
                let path = layer.database_password_file.clone()?;
                let path = Some(path).filter(|path| !path.as_os_str().is_empty());
                Some(path.map(|path| credential::located(&credentials, path)))
            })
            .unwrap_or(default(None)),
            listen: pick(layers, |layer| {
                let all = layer.listen.clone()?.into_iter();
                Some(all.map(|listen| listen.with_credentials(&credentials)).collect())
            })
            .unwrap_or_else(|| default(Listen::defaults())),
            base_path: pick(layers, |layer| layer.base_path.clone())
                .unwrap_or(default(BasePath::default())),
            server_urls: pick(layers, |layer| layer.server_urls.clone())
                .unwrap_or(default(Vec::new())),
            trusted_proxies: pick(layers, |layer| layer.trusted_proxies.clone())
                .unwrap_or(default(Vec::new())),
            media_dir: pick(layers, |layer| layer.media_dir.clone())
                .unwrap_or_else(|| default(dir.join("media"))),
            profile_dirs: pick(layers, |layer| layer.profile_dirs.clone())
                .unwrap_or_else(|| default(vec![dir.join("profiles")])),
            firmware_dirs: pick(layers, |layer| layer.firmware_dirs.clone())
                .unwrap_or_else(|| default(firmware::default_dirs(&dir))),
            connections_most: pick(layers, |layer| layer.connections.most)
                .unwrap_or(default(CONNECTIONS)),
            connections_per_address: pick(layers, |layer| layer.connections.per_address)
                .unwrap_or(default(0)),
            events_keep_days: pick(layers, |layer| layer.events.keep_days).unwrap_or(default(90)),
            events_keep_rows: pick(layers, |layer| layer.events.keep_rows)
                .unwrap_or(default(10_000_000)),
            log_level: pick(layers, |layer| layer.log.level)
                .unwrap_or(default(LogLevel::default())),
            log_json: pick(layers, |layer| layer.log.json).unwrap_or(default(false)),
            #[cfg(feature = "ldap")]
            directories: pick(layers, |layer| layer.directories.clone())
                .map_or_else(Vec::new, |set| set.value),
            audit_keep_days: pick(layers, |layer| layer.audit.keep_days)
                .unwrap_or(default(KeepDays::default())),
            #[cfg(feature = "syslog")]
            audit_forward: pick(layers, |layer| layer.audit.forward.clone())
                .map_or_else(Vec::new, |set| set.value),
            credentials: own,
            data_dir,
        }
    }
}

const fn default<T>(value: T) -> Setting<T> {
    Setting { value, set_by: SetBy::Default }
}

fn pick<T>(
    layers: &[(SetBy, Layer); 3],
    field: impl Fn(&Layer) -> Option<T>,
) -> Option<Setting<T>> {
    layers
        .iter()
        .find_map(|(set_by, layer)| Some(Setting { value: field(layer)?, set_by: *set_by }))
}

#[cfg(test)]
mod tests;
