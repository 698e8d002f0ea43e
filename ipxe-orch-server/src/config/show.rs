//! Settings for people and programs.

use super::{Config, Database, KeepDays, Listen, LogLevel, SetBy, Setting, table::SETTINGS};
use crate::http::BasePath;
use ipnet::IpNet;
use ipxe_orch_core::boot::ServerUrl;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;

/// One setting, its value and where that came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShownSetting {
    /// Its name in the file.
    pub name: &'static str,
    /// The value. Several values are a list.
    pub value: Value,
    /// Where the value comes from.
    pub from: String,
    /// The variable that sets it.
    pub variable: &'static str,
}

impl ShownSetting {
    /// The value without quotes; several are joined by `, `.
    pub fn text(&self) -> String {
        text(&self.value)
    }
}

impl Config {
    /// All settings. None of them is a secret.
    pub fn shown(&self) -> Vec<ShownSetting> {
        let one = |setting: &super::table::Spec| {
            let Shown { value, set_by } = (setting.shown)(self);
            let (name, variable) = (setting.name, setting.variable);
            ShownSetting { name, value, from: set_by.to_string(), variable }
        };
        SETTINGS.iter().map(one).collect()
    }
}

/// A value as the file would have it, and who set it.
pub(super) struct Shown {
    /// JSON of text, numbers, truth values and lists of text is TOML as well.
    pub(super) value: Value,
    pub(super) set_by: SetBy,
}

impl Shown {
    /// For people.
    pub(super) fn text(&self) -> String {
        text(&self.value)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

pub(super) fn shown(setting: &Setting<impl ToValue>) -> Shown {
    Shown { value: setting.value.to_value(), set_by: setting.set_by }
}

/// What can stand in the file.
pub(super) trait ToValue {
    fn to_value(&self) -> Value;
}

macro_rules! text_to_value {
    ($($type:ty),+) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value {
                self.to_string().into()
            }
        }
    )+};
}

text_to_value!(Database, BasePath, ServerUrl, IpNet, LogLevel);

/// Text where that says all, else a table.
impl ToValue for Listen {
    fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl ToValue for PathBuf {
    fn to_value(&self) -> Value {
        self.display().to_string().into()
    }
}

/// Nothing is an empty text.
impl ToValue for Option<PathBuf> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or_else(|| "".into(), PathBuf::to_value)
    }
}

impl ToValue for KeepDays {
    fn to_value(&self) -> Value {
        self.get().unwrap_or(0).into()
    }
}

impl ToValue for u32 {
    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        self.iter().map(T::to_value).collect()
    }
}
