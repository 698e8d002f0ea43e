//! Variables: what a profile wants to know of each host.

use super::{InvalidProfile, user_name::is_user_name};
use crate::names::{FileName, VariableName};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, net::IpAddr};

/// Most variables of a profile.
pub const MAX_VARIABLES: usize = 200;
/// Most values of a list.
pub const MAX_LIST: usize = 200;

/// A `[variables.NAME]` of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: VariableType,
    /// For people, in a few words.
    pub title: String,
    /// For people who want to know more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Several of them; written joined by commas.
    #[serde(default)]
    pub list: bool,
    /// The least integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// What can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// For hosts that say nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// No host is marked without it.
    #[serde(default)]
    pub required: bool,
    /// Its values are sealed, and known to answer files alone.
    #[serde(default)]
    pub secret: bool,
}

/// What a variable's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum VariableType {
    /// A line of text.
    Text,
    /// 1 to 63 of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`, first a letter or digit.
    Name,
    /// A name that installers take for a first user: 1 to 32 of `a-z`, `0-9`, `-` and `_`, first a
    /// letter, and not one that systems have already.
    User,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of [`Variable::values`].
    Choice,
    /// An IPv4 or IPv6 address.
    Address,
    /// A network with its prefix length, as `10.0.0.0/8`.
    Network,
    /// `http://` or `https://`, printable ASCII without quotes and blanks.
    Url,
    /// A password, kept as its hash; always secret.
    Password,
    /// Any other secret; always secret.
    Secret,
}

impl Variable {
    /// Whether its values are sealed.
    pub fn is_secret(&self) -> bool {
        self.secret || matches!(self.kind, VariableType::Password | VariableType::Secret)
    }

    /// The value that a text stands for: lists are joined by commas, or written as JSON.
    ///
    /// # Errors
    /// What it wants instead; the text is not repeated.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        if !self.list {
            return self.one(text).ok_or_else(|| format!("it wants {self}"));
        }
        let items: Vec<String> = if text.starts_with('[') {
            serde_json::from_str(text).map_err(|_| format!("it wants {self}"))?
        } else {
            text.split(',').map(|item| item.trim().to_owned()).collect()
        };
        if items.len() > MAX_LIST {
            return Err(format!("a list has at most {MAX_LIST} values"));
        }
        let values: Option<Vec<_>> = items.iter().map(|item| self.one(item)).collect();
        values.map(Value::Array).ok_or_else(|| format!("it wants {self}"))
    }

    fn one(&self, text: &str) -> Option<Value> {
        let fits = match self.kind {
            VariableType::Integer => {
                let number: i64 = text.parse().ok()?;
                let least = self.min.is_none_or(|min| min <= number);
                return (least && self.max.is_none_or(|max| number <= max)).then(|| number.into());
            }
            VariableType::Boolean => return text.parse::<bool>().ok().map(Value::Bool),
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
            return Err("`values` are for a choice, which needs them");
        }
        if self.is_secret() && (self.list || self.default.is_some()) {
            return Err("a secret is no list and has no default: everybody could read it");
        }
        if self.required && self.default.is_some() {
            return Err("what has a default is not required");
        }
        match &self.default {
            Some(value) if self.of(value).is_none() => Err("its default is not of its type"),
            _ => Ok(()),
        }
    }

    /// The value that `profile.toml` says, if it is of this type.
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

/// What it wants, for messages.
impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list {
            f.write_str("a list, joined by commas, each ")?;
        }
        match self.kind {
            VariableType::Text => f.write_str("a line of text"),
            VariableType::Name => {
                f.write_str("a name of 1 to 63 of A-Z, a-z, 0-9, `-`, `_` and `.`")
            }
            VariableType::User => f.write_str(
                "a user's name: 1 to 32 of a-z, 0-9, `-` and `_`, first a letter, and none of the system's own, as root",
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
            VariableType::Network => f.write_str("a network as 10.0.0.0/8 or fd00::/8"),
            VariableType::Url => f.write_str("a URL with http:// or https://"),
            VariableType::Password => f.write_str("a password"),
            VariableType::Secret => f.write_str("a secret"),
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
