//! Settings.

use crate::config::{Config, ShownSetting};
use serde::Serialize;

/// The settings, each with the place that its value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConfigView {
    /// The configuration file, if there is one.
    pub file: Option<String>,
    /// All settings; none is a secret.
    pub settings: Vec<ShownSetting>,
}

impl From<&Config> for ConfigView {
    fn from(config: &Config) -> Self {
        let file = config.file.as_ref().map(|path| path.display().to_string());
        Self { file, settings: config.shown() }
    }
}
