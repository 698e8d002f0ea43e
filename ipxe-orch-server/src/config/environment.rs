//! The environment: one variable for each setting.

use super::{ConfigError, EventsLayer, Layer, LogLayer};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt::Display,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    str::FromStr,
};

/// What the program was started with, and by whom.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<&'static str, OsString>,
    root: bool,
}

/// All variables that count.
const NAMES: [&str; 16] = [
    "IPXE_ORCH_CONFIG",
    "IPXE_ORCH_DATA_DIR",
    "IPXE_ORCH_DATABASE",
    "IPXE_ORCH_LISTEN",
    "IPXE_ORCH_BASE_PATH",
    "IPXE_ORCH_SERVER_URLS",
    "IPXE_ORCH_TRUSTED_PROXIES",
    "IPXE_ORCH_MEDIA_DIR",
    "IPXE_ORCH_PROFILE_DIRS",
    "IPXE_ORCH_FIRMWARE_DIRS",
    "IPXE_ORCH_EVENTS_KEEP_DAYS",
    "IPXE_ORCH_EVENTS_KEEP_ROWS",
    "IPXE_ORCH_LOG",
    "IPXE_ORCH_LOG_JSON",
    "XDG_STATE_HOME",
    "HOME",
];

impl Environment {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn of_process() -> Self {
        let read = |name| Some((name, std::env::var_os(name)?));
        let variables = NAMES.into_iter().filter_map(read).collect();
        let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        Self { variables, root }
    }

    /// An environment with these variables alone, of an ordinary user.
    #[cfg(test)]
    pub(super) fn of(variables: &[(&'static str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| (*name, OsString::from(value)));
        Self { variables: variables.collect(), root: false }
    }

    /// The configuration file that it names.
    pub(super) fn config(&self) -> Option<PathBuf> {
        self.path("IPXE_ORCH_CONFIG")
    }

    /// `/var/lib/ipxe-orch` for root, else below `$XDG_STATE_HOME` or `~/.local/state`.
    pub(super) fn default_data_dir(&self) -> PathBuf {
        let system = || PathBuf::from("/var/lib/ipxe-orch");
        if self.root {
            return system();
        }
        // The XDG Base Directory Specification has relative paths ignored.
        let state = self.path("XDG_STATE_HOME").filter(|path| path.is_absolute());
        let state = state.or_else(|| Some(self.path("HOME")?.join(".local/state")));
        state.map_or_else(system, |state| state.join("ipxe-orch"))
    }

    /// What the variables say. An empty one says nothing.
    pub(super) fn layer(&self) -> Result<Layer, ConfigError> {
        Ok(Layer {
            data_dir: self.path("IPXE_ORCH_DATA_DIR"),
            database: self.parsed("IPXE_ORCH_DATABASE")?,
            listen: self.parsed("IPXE_ORCH_LISTEN").map_err(|error| match error {
                ConfigError::Variable { name, why } => {
                    let why = format!("{why}: write it as 127.0.0.1:8080 or [::]:8080");
                    ConfigError::Variable { name, why }
                }
                other => other,
            })?,
            base_path: self.parsed("IPXE_ORCH_BASE_PATH")?,
            server_urls: self.list("IPXE_ORCH_SERVER_URLS")?,
            trusted_proxies: self.list("IPXE_ORCH_TRUSTED_PROXIES")?,
            media_dir: self.path("IPXE_ORCH_MEDIA_DIR"),
            profile_dirs: self.paths("IPXE_ORCH_PROFILE_DIRS"),
            firmware_dirs: self.paths("IPXE_ORCH_FIRMWARE_DIRS"),
            events: EventsLayer {
                keep_days: self.parsed("IPXE_ORCH_EVENTS_KEEP_DAYS")?,
                keep_rows: self.parsed("IPXE_ORCH_EVENTS_KEEP_ROWS")?,
            },
            log: LogLayer {
                level: self.parsed("IPXE_ORCH_LOG")?,
                json: self.parsed("IPXE_ORCH_LOG_JSON")?,
            },
        })
    }

    fn value(&self, name: &'static str) -> Option<&OsString> {
        self.variables.get(name).filter(|value| !value.is_empty())
    }

    fn path(&self, name: &'static str) -> Option<PathBuf> {
        self.value(name).map(PathBuf::from)
    }

    /// Joined by `:`, as in `PATH`.
    fn paths(&self, name: &'static str) -> Option<Vec<PathBuf>> {
        let paths = std::env::split_paths(self.value(name)?);
        Some(paths.filter(|path| path != Path::new("")).collect())
    }

    fn text(&self, name: &'static str) -> Result<Option<&str>, ConfigError> {
        let error = || ConfigError::Variable { name, why: "it is not UTF-8".to_owned() };
        self.value(name).map(|value| value.to_str().ok_or_else(error)).transpose()
    }

    fn parsed<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, ConfigError> {
        self.text(name)?.map(|text| parse(name, text)).transpose()
    }

    /// Joined by commas or spaces.
    fn list<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
    ) -> Result<Option<Vec<T>>, ConfigError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        parts.map(|part| parse(name, part)).collect::<Result<_, _>>().map(Some)
    }
}

fn parse<T: FromStr<Err: Display>>(name: &'static str, text: &str) -> Result<T, ConfigError> {
    text.parse().map_err(|error: T::Err| ConfigError::Variable { name, why: error.to_string() })
}
