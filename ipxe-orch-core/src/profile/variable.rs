//! Variables: the values that a profile needs to know about each host.

use super::{
    InvalidProfile,
    disk::is_disk,
    package::{is_deb, is_rpm},
    ssh_key::is_ssh_key,
    user_name::is_user_name,
};
use crate::names::{FileName, VariableName};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, net::IpAddr};

/// The largest number of variables of a profile.
pub const MAX_VARIABLES: usize = 200;
/// The largest number of values in a list.
pub const MAX_LIST: usize = 200;

/// A section `[variables.NAME]` of a `profile.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: VariableType,
    /// A short title for people.
    pub title: String,
    /// A longer explanation for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it is a list. Its values are separated by commas or lines.
    #[serde(default)]
    pub list: bool,
    /// The smallest allowed number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest allowed number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The values that can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The value for hosts that have no other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether a host without a value cannot be marked.
    #[serde(default)]
    pub required: bool,
    /// Whether its values are sealed. Only answer files get them.
    #[serde(default)]
    pub secret: bool,
}

/// The type of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum VariableType {
    /// A line of text.
    Text,
    /// 1 to 63 of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`, beginning with a letter or digit.
    Name,
    /// A name that installers accept for the first user: 1 to 32 of `a-z`, `0-9`, `-` and `_`,
    /// beginning with a letter, and not a name that every system has.
    User,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of [`Variable::values`].
    Choice,
    /// An IPv4 or IPv6 address.
    Address,
    /// A network with its prefix length, such as `10.0.0.0/8`.
    Network,
    /// A URL with `http://` or `https://`, of printable ASCII without quotes and blanks.
    Url,
    /// A password, which is stored as a hash. Always secret.
    Password,
    /// Any other secret. Always secret.
    Secret,
    /// A disk: `first`, or a path below `/dev/`, such as `/dev/disk/by-path/...`.
    Disk,
    /// The name of a Debian package.
    #[serde(rename = "deb_package")]
    DebPackage,
    /// The name of an RPM package.
    #[serde(rename = "rpm_package")]
    RpmPackage,
    /// A line for `authorized_keys`, with which a person can log in. It may begin with options.
    #[serde(rename = "ssh_key")]
    SshKey,
}

impl Variable {
    /// Whether its values are sealed.
    pub fn is_secret(&self) -> bool {
        self.secret || matches!(self.kind, VariableType::Password | VariableType::Secret)
    }

    /// The value that a text means. A list has one value a line, or values separated by commas, or
    /// is written as JSON. Keys for `authorized_keys` contain commas: they are separated by lines only.
    ///
    /// # Errors
    /// What the value must be. The message does not contain the text.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        if !self.list {
            return self.one(text).ok_or_else(|| format!("it must be {self}"));
        }
        let items: Vec<String> = if text.starts_with('[') {
            serde_json::from_str(text).map_err(|_| format!("it must be {self}"))?
        } else {
            self.items(text).map(str::to_owned).collect()
        };
        if items.len() > MAX_LIST {
            return Err(format!("a list can have at most {MAX_LIST} values"));
        }
        let values: Option<Vec<_>> = items.iter().map(|item| self.one(item)).collect();
        values.map(Value::Array).ok_or_else(|| format!("it must be {self}"))
    }

    fn items<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let keys = self.kind == VariableType::SshKey;
        let ends = move |c: char| c == '\n' || (c == ',' && !keys);
        // The end of the last line is not another value.
        let lines = text.strip_suffix('\n').unwrap_or(text).split(ends);
        lines.map(str::trim).filter(move |line| !keys || !line.is_empty())
    }

    fn one(&self, text: &str) -> Option<Value> {
        let fits = match self.kind {
            VariableType::Integer => {
                let number: i64 = text.parse().ok()?;
                let least = self.min.is_none_or(|min| min <= number);
                return (least && self.max.is_none_or(|max| number <= max)).then(|| number.into());
            }
            VariableType::Boolean => return text.parse::<bool>().ok().map(Value::Bool),
            VariableType::SshKey => is_ssh_key(text),
            VariableType::Disk => is_disk(text),
            VariableType::DebPackage => is_deb(text),
            VariableType::RpmPackage => is_rpm(text),
            VariableType::Text => !text.contains(char::is_control),
            VariableType::Name => text.parse::<FileName>().is_ok(),
            VariableType::User => is_user_name(text),
            VariableType::Choice => self.values.iter().any(|value| value == text),
            VariableType::Address => text.parse::<IpAddr>().is_ok(),
            VariableType::Network => text.parse::<IpNet>().is_ok(),
            VariableType::Url => is_url(text),
            VariableType::Password | VariableType::Secret => !text.is_empty(),
        };
        fits.then(|| text.into())
    }

    fn check(&self) -> Result<(), &'static str> {
        let integer = self.kind == VariableType::Integer;
        if !integer && (self.min.is_some() || self.max.is_some()) {
            return Err("`min` and `max` are for integers");
        }
        if (self.kind == VariableType::Choice) == self.values.is_empty() {
            return Err("a choice needs `values`, and only a choice has them");
        }
        if self.is_secret() && (self.list || self.default.is_some()) {
            return Err("a secret cannot be a list or have a default: everybody could read it");
        }
        if self.required && self.default.is_some() {
            return Err("a variable with a default cannot be required");
        }
        match &self.default {
            Some(value) if self.of(value).is_none() => Err("its default does not have its type"),
            _ => Ok(()),
        }
    }

    /// The value in `profile.toml`, if it has the type of the variable.
    fn of(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) if self.list && items.len() <= MAX_LIST => {
                items.iter().map(|item| self.scalar(item)).collect::<Option<_>>().map(Value::Array)
            }
            _ if self.list => None,
            value => self.scalar(value),
        }
    }

    fn scalar(&self, value: &Value) -> Option<Value> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return None,
        };
        self.one(&text).filter(|parsed| parsed == value)
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let allowed = |b: u8| b.is_ascii_graphic() && !b"\"'`\\<>{}|^".contains(&b);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(allowed))
}

/// What its value must be, for messages.
impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list {
            f.write_str(match self.kind {
                VariableType::SshKey => "a list, one value a line, each ",
                _ => "a list, separated by commas, each ",
            })?;
        }
        match self.kind {
            VariableType::Text => f.write_str("a line of text"),
            VariableType::Name => {
                f.write_str("a name of 1 to 63 of A-Z, a-z, 0-9, `-`, `_` and `.`")
            }
            VariableType::User => f.write_str(
                "the name of a user: 1 to 32 of a-z, 0-9, `-` and `_`, beginning with a letter, and not a name that the system has itself, such as root",
            ),
            VariableType::Integer => match (self.min, self.max) {
                (Some(min), Some(max)) => write!(f, "a whole number from {min} to {max}"),
                (Some(min), None) => write!(f, "a whole number of at least {min}"),
                (None, Some(max)) => write!(f, "a whole number of at most {max}"),
                (None, None) => f.write_str("a whole number"),
            },
            VariableType::Boolean => f.write_str("`true` or `false`"),
            VariableType::Choice => write!(f, "one of {}", self.values.join(", ")),
            VariableType::Address => f.write_str("an IPv4 or IPv6 address"),
            VariableType::Network => f.write_str("a network such as 10.0.0.0/8 or fd00::/8"),
            VariableType::Url => f.write_str("a URL with http:// or https://"),
            VariableType::Password => f.write_str("a password"),
            VariableType::Secret => f.write_str("a secret"),
            VariableType::SshKey => {
                f.write_str("a line for authorized_keys: options such as no-pty or none, ssh-ed25519 or another type, a whole key of this type in base64, and a comment")
            }
            VariableType::Disk => f.write_str("`first`, or the path of a disk such as /dev/sda or /dev/disk/by-path/pci-0000:00:05.0"),
            VariableType::DebPackage => f.write_str("the name of a Debian package: at least 2 of a-z, 0-9, `+`, `-` and `.`, beginning with a letter or digit"),
            VariableType::RpmPackage => f.write_str("the name of an RPM package: A-Z, a-z, 0-9, `+`, `-`, `_` and `.`, beginning with a letter or digit"),
        }
    }
}

/// Checks the variables of a `profile.toml`.
pub(super) fn check(variables: &BTreeMap<VariableName, Variable>) -> Result<(), InvalidProfile> {
    if variables.len() > MAX_VARIABLES {
        return Err(InvalidProfile::TooManyVariables(variables.len()));
    }
    let wrong = |(name, variable): (&VariableName, &Variable)| {
        variable.check().err().map(|why| InvalidProfile::Variable { name: name.clone(), why })
    };
    variables.iter().find_map(wrong).map_or(Ok(()), Err)
}
