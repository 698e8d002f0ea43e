//! Values that are more than text.

use ipxe_orch_backends::sql::{DatabaseUrl, OpenError};
use serde::Deserialize;
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};
use tracing::level_filters::LevelFilter;

/// The text is not a value of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given} is not {kind}: {expected}")]
pub struct InvalidValue {
    kind: &'static str,
    /// What was given, without what may be secret.
    given: String,
    expected: &'static str,
}

impl InvalidValue {
    /// `given` is what was given, without what may be secret.
    pub(super) const fn new(given: String, kind: &'static str, expected: &'static str) -> Self {
        Self { kind, given, expected }
    }
}

macro_rules! text_value {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InvalidValue;

            fn try_from(text: String) -> Result<Self, InvalidValue> {
                text.parse()
            }
        }
    };
}

/// Where hosts, marks and the audit are kept: a URL without a password.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Database(DatabaseUrl);

text_value!(Database);

impl Database {
    /// The database in a file.
    pub const fn file(path: PathBuf) -> Self {
        Self(DatabaseUrl::file(path))
    }

    /// Where it is.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.0
    }

    /// The path of a SQLite file.
    pub fn path(&self) -> Option<&Path> {
        self.0.path()
    }

    /// Whether it is in a file that does not exist. A path that cannot be looked at counts as one
    /// that does: opening it says why it cannot be used.
    pub fn is_missing(&self) -> bool {
        self.path().is_some_and(|path| matches!(path.try_exists(), Ok(false)))
    }

    /// The folder of the file.
    pub fn folder(&self) -> Option<&Path> {
        match self.path()?.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => Some(parent),
            _ => Some(Path::new(".")),
        }
    }

    /// The same, a relative path counted from `base`.
    #[must_use]
    pub(super) fn below(self, base: &Path) -> Self {
        match self.path() {
            Some(path) => Self::file(base.join(path)),
            None => self,
        }
    }
}

impl FromStr for Database {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let error = |expected| InvalidValue {
            kind: "a database that this program can use",
            given: scheme_only(text),
            expected,
        };
        let url = text.parse::<DatabaseUrl>().map_err(|why| match why {
            OpenError::Url { why } => error(why),
            _ => error("write sqlite:///PATH"),
        })?;
        if url.has_password() {
            return Err(error(
                "leave the password out, write it into a file, and name that file as \
                 `database_password_file`",
            ));
        }
        Ok(Self(url))
    }
}

/// The scheme of a URL of a database. Everything else may be a password: `mysql://ann:x@db/`,
/// `Server=db;Password=x`, or the password alone.
fn scheme_only(url: &str) -> String {
    let is_scheme = |text: &&str| {
        text.len() <= 20 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+')
    };
    match url.split_once("://").map(|(scheme, _)| scheme).filter(is_scheme) {
        Some(scheme) => format!("`{scheme}://…`"),
        None => "the value".to_owned(),
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many days the audit is kept; 0 means for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct KeepDays(u32);

impl KeepDays {
    /// What a number below this would remove is never removed.
    pub const MIN: u32 = 30;

    /// The number; none if the audit is kept for ever.
    pub const fn get(self) -> Option<u32> {
        if self.0 == 0 { None } else { Some(self.0) }
    }
}

impl TryFrom<u32> for KeepDays {
    type Error = InvalidValue;

    fn try_from(days: u32) -> Result<Self, InvalidValue> {
        if days == 0 || days >= Self::MIN {
            return Ok(Self(days));
        }
        let expected = "0 for ever, or at least 30";
        Err(InvalidValue::new(days.to_string(), "a number of days for the audit", expected))
    }
}

impl FromStr for KeepDays {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let given = || format!("`{}`", ipxe_orch_core::text::shown(text));
        let number = text.parse::<u32>();
        let wrong =
            |_| InvalidValue::new(given(), "a number of days", "0 for ever, or at least 30");
        number.map_err(wrong)?.try_into()
    }
}

impl fmt::Display for KeepDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `off`, `error`, `warn`, `info`, `debug` or `trace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LogLevel(pub LevelFilter);

text_value!(LogLevel);

impl LogLevel {
    /// All names of levels.
    pub const NAMES: [&'static str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

    /// The level that is so many steps nearer to `trace`.
    #[must_use]
    pub fn raised(self, steps: u8) -> Self {
        let levels = [
            LevelFilter::OFF,
            LevelFilter::ERROR,
            LevelFilter::WARN,
            LevelFilter::INFO,
            LevelFilter::DEBUG,
            LevelFilter::TRACE,
        ];
        let above = levels.into_iter().skip_while(|level| *level != self.0);
        Self(above.take(usize::from(steps) + 1).last().unwrap_or(self.0))
    }
}

impl Default for LogLevel {
    fn default() -> Self {
        Self(LevelFilter::WARN)
    }
}

impl FromStr for LogLevel {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let expected = "off, error, warn, info, debug or trace";
        let given = || format!("`{}`", ipxe_orch_core::text::shown(text));
        let error = |_| InvalidValue { kind: "a log level", given: given(), expected };
        text.parse().map(Self).map_err(error)
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
