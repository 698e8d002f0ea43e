//! Settings for people.

use super::{Config, SetBy, Setting};
use serde::Serialize;
use std::{fmt::Display, path::PathBuf};

/// One setting, its value and where that came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShownSetting {
    /// As the file names it.
    pub name: &'static str,
    /// As the file would have it, without quotes; several are joined by `, `.
    pub value: String,
    /// Who said so.
    pub from: String,
}

impl Config {
    /// All settings. None of them is a secret.
    pub fn shown(&self) -> Vec<ShownSetting> {
        vec![
            path("data_dir", &self.data_dir),
            text("database", &self.database),
            text("listen", &self.listen),
            text("base_path", &self.base_path),
            list("server_urls", &self.server_urls, ToString::to_string),
            list("trusted_proxies", &self.trusted_proxies, ToString::to_string),
            path("media_dir", &self.media_dir),
            list("profile_dirs", &self.profile_dirs, |path| path.display().to_string()),
            list("firmware_dirs", &self.firmware_dirs, |path| path.display().to_string()),
            text("events.keep_days", &self.events_keep_days),
            text("events.keep_rows", &self.events_keep_rows),
            text("log.level", &self.log_level),
            text("log.json", &self.log_json),
        ]
    }
}

fn shown(name: &'static str, value: String, from: SetBy) -> ShownSetting {
    ShownSetting { name, value, from: from.to_string() }
}

fn text(name: &'static str, setting: &Setting<impl Display>) -> ShownSetting {
    shown(name, setting.value.to_string(), setting.set_by)
}

fn path(name: &'static str, setting: &Setting<PathBuf>) -> ShownSetting {
    shown(name, setting.value.display().to_string(), setting.set_by)
}

fn list<T>(
    name: &'static str,
    setting: &Setting<Vec<T>>,
    text: impl Fn(&T) -> String,
) -> ShownSetting {
    let values: Vec<_> = setting.value.iter().map(text).collect();
    shown(name, values.join(", "), setting.set_by)
}
