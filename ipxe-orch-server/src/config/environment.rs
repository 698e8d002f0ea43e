//! The environment: one variable for each setting.

use super::{
    ConfigError, Layer,
    table::{SETTINGS, Spec},
};
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

/// Variables that are no settings, with what they are for.
pub(super) const OTHERS: [(&str, &str); 6] = [
    ("IPXE_ORCH_CONFIG", "The configuration file, where `--config` is not given"),
    (
        "XDG_STATE_HOME",
        "The parent of the default data directory of ordinary users; an absolute path",
    ),
    ("HOME", "The same, where XDG_STATE_HOME is not set: `.local/state` in it"),
    (
        "CREDENTIALS_DIRECTORY",
        "The folder with systemd's credentials, for paths such as `credential:NAME`",
    ),
    ("TZ", "The time zone in which times are shown, unless `--utc` is given"),
    ("COMPLETE", "Set by a shell that completes a line, to its own name; see `completions`"),
];

impl Environment {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn of_process() -> Self {
        let read = |name| Some((name, std::env::var_os(name)?));
        let others = OTHERS.iter().map(|(name, _)| *name);
        let names = SETTINGS.iter().map(|setting| setting.variable).chain(others);
        let variables = names.filter_map(read).collect();
        let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        Self { variables, root }
    }

    /// An environment with these variables alone, of an ordinary user.
    #[cfg(test)]
    pub(super) fn of(variables: &[(&'static str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| (*name, OsString::from(value)));
        Self { variables: variables.collect(), root: false }
    }

    /// That of root, with no variables: what the reference tells of.
    pub(super) const fn of_root() -> Self {
        Self { variables: BTreeMap::new(), root: true }
    }

    /// The configuration file that it names.
    pub(super) fn config(&self) -> Option<PathBuf> {
        self.path("IPXE_ORCH_CONFIG")
    }

    /// The folder with systemd's credentials.
    pub(super) fn credentials(&self) -> Option<PathBuf> {
        self.path("CREDENTIALS_DIRECTORY")
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
        let read = |layer, setting: &Spec| (setting.read)(&self.variable(setting.variable), layer);
        SETTINGS.iter().try_fold(Layer::default(), read)
    }

    const fn variable(&self, name: &'static str) -> Variable<'_> {
        Variable { name, environment: self }
    }

    fn path(&self, name: &'static str) -> Option<PathBuf> {
        self.variable(name).path()
    }
}

/// A variable of the environment; an empty one counts as none.
pub(super) struct Variable<'a> {
    name: &'static str,
    environment: &'a Environment,
}

impl Variable<'_> {
    fn value(&self) -> Option<&OsString> {
        self.environment.variables.get(self.name).filter(|value| !value.is_empty())
    }

    fn text(&self) -> Result<Option<&str>, ConfigError> {
        let error = || self.error("it is not UTF-8");
        self.value().map(|value| value.to_str().ok_or_else(error)).transpose()
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        self.value().map(PathBuf::from)
    }

    /// Joined by `:`, as in `PATH`.
    pub(super) fn paths(&self) -> Option<Vec<PathBuf>> {
        let paths = std::env::split_paths(self.value()?);
        Some(paths.filter(|path| path != Path::new("")).collect())
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<Option<T>, ConfigError> {
        self.text()?.map(|text| self.parse(text)).transpose()
    }

    /// Joined by commas or spaces.
    pub(super) fn several<T: FromStr<Err: Display>>(&self) -> Result<Option<Vec<T>>, ConfigError> {
        let Some(text) = self.text()? else { return Ok(None) };
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        parts.map(|part| self.parse(part)).collect::<Result<_, _>>().map(Some)
    }

    fn parse<T: FromStr<Err: Display>>(&self, text: &str) -> Result<T, ConfigError> {
        // The value may be a password that was put into the wrong variable.
        let hidden = |error: T::Err| error.to_string().replace(text, "…");
        text.parse().map_err(|error| self.error(hidden(error)))
    }

    fn error(&self, why: impl Display) -> ConfigError {
        ConfigError::Variable { name: self.name, why: why.to_string() }
    }
}
