//! The languages of rendered files: how a value is written in each of them, and where it may be.
//!
//! A value is written so that it remains one value: it is encoded or quoted if the language has a
//! way to do so, and refused otherwise. This also depends on the place. A quoted word inside the
//! author's own quotes, in a here-document or in a comment is not one value. Therefore a renderer
//! notes where it inserted values, and [`check_places`] examines each place in the finished text.
//! Together they ensure that a text has the same structure as with harmless values.
//!
//! | syntax | a text is written as | and may be |
//! |---|---|---|
//! | `ipxe` | itself; only `A-Z a-z 0-9 -_./:,=@+%~[]` | in an argument of a command |
//! | `key_value` | itself, without control characters | after the `=` of a line |
//! | `shell` | a word, quoted if needed | in a word of a command, outside of quotes, expansions and here-documents |
//! | `kickstart` | the same | in a word of a command, in a shell section, in `%packages` |
//! | `preseed` | itself, without control characters | after the third field; next to other text, and in commands, recipes and multiselects, only `A-Z a-z 0-9 -_./:@%+=` |
//! | `yaml`, `json` | a double-quoted string | as a whole scalar, never a key |
//! | `xml` | text with references | in text or an attribute; next to other text only `A-Z a-z 0-9 -_./:@%+=` |
//! | `batch` | itself, printable ASCII except `%!"^&|<>` | in `"…"`, or as an argument without separators |
//!
//! Numbers, `true` and `false` are written as they are. Lists can be written only in `yaml` and
//! `json`, as `[…]`.
//!
//! # Example
//!
//! ```
//! use ipxe_orch_core::profile::{Syntax, check_places, encode};
//! use serde_json::json;
//!
//! let value = encode(Syntax::Shell, &json!("it's; reboot")).unwrap();
//! assert_eq!(value, r#"'it'"'"'s; reboot'"#);
//! assert!(encode(Syntax::Ipxe, &json!("a b")).is_err());
//!
//! // As an argument it is one word. Inside the author's quotes it would not be.
//! let right = format!("echo {value}\n");
//! assert!(check_places(Syntax::Shell, &right, &[5..5 + value.len()]).is_ok());
//! let wrong = format!("echo \"{value}\"\n");
//! assert!(check_places(Syntax::Shell, &wrong, &[6..6 + value.len()]).is_err());
//! ```

mod batch;
mod ipxe;
mod kickstart;
mod lines;
mod preseed;
mod shell;
mod words;
mod xml;
mod yaml;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fmt, ops::Range};

/// The language of a rendered file. It decides how values are written and where they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Syntax {
    /// An iPXE script.
    Ipxe,
    /// Lines of `key=value` that are read as data.
    KeyValue,
    /// A POSIX shell script (POSIX.1-2024, Shell Command Language).
    Shell,
    /// Answers for debian-installer, as debconf-set-selections(1) reads them.
    Preseed,
    /// A kickstart file of Anaconda or ESXi. Its lines are split by Python's `shlex`.
    Kickstart,
    /// YAML 1.2, for autoinstall and cloud-init.
    Yaml,
    /// XML 1.0 without a document type, for AutoYaST and unattend files.
    Xml,
    /// JSON (RFC 8259).
    Json,
    /// A command file of Windows PE.
    Batch,
}

impl Syntax {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Ipxe,
        Self::KeyValue,
        Self::Shell,
        Self::Preseed,
        Self::Kickstart,
        Self::Yaml,
        Self::Xml,
        Self::Json,
        Self::Batch,
    ];
}

/// With its article, for messages.
impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipxe => "an iPXE script",
            Self::KeyValue => "a line of key=value",
            Self::Shell => "a shell script",
            Self::Preseed => "a preseed file",
            Self::Kickstart => "a kickstart file",
            Self::Yaml => "YAML",
            Self::Xml => "XML",
            Self::Json => "JSON",
            Self::Batch => "a batch file",
        })
    }
}

/// A place where a value must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The offset of the first byte of the place.
    pub at: usize,
    /// The reason, and what to write instead.
    pub why: &'static str,
}

type Place = Range<usize>;

/// Writes a value in `syntax`.
///
/// # Errors
/// The reason why it cannot be written: the value has a character that the syntax cannot represent,
/// or it is a list (in most syntaxes), an object or null.
pub fn encode(syntax: Syntax, value: &Value) -> Result<String, &'static str> {
    let text = match value {
        Value::Null => return Err("it is null, which has no text of its own"),
        Value::Object(_) => return Err("it is an object, which has no text of its own"),
        Value::Array(list) => return encode_list(syntax, list),
        Value::Bool(truth) => return Ok(truth.to_string()),
        Value::Number(number) => return Ok(number.to_string()),
        Value::String(text) => text,
    };
    match syntax {
        Syntax::Ipxe => ipxe::encode(text),
        Syntax::KeyValue => lines::one_line(text).map(str::to_owned),
        Syntax::Shell | Syntax::Kickstart => words::encode(text),
        Syntax::Preseed => preseed::encode(text),
        Syntax::Yaml => Ok(yaml::encode(text)),
        Syntax::Xml => xml::encode(text),
        Syntax::Json => Ok(value.to_string()),
        Syntax::Batch => batch::encode(text),
    }
}

fn encode_list(syntax: Syntax, list: &[Value]) -> Result<String, &'static str> {
    if !matches!(syntax, Syntax::Yaml | Syntax::Json) {
        return Err(
            "it is a list: write `{{join list \",\"}}`, or its items with `{{#each list}}`",
        );
    }
    let items: Result<Vec<_>, _> = list.iter().map(|item| encode(syntax, item)).collect();
    Ok(format!("[{}]", items?.join(", ")))
}

/// Checks that each inserted value is in a place where it can only be a value. `places` are the
/// bytes of the values in `text`, in order.
///
/// # Errors
/// The first place where a value could be more.
pub fn check_places(syntax: Syntax, text: &str, places: &[Place]) -> Result<(), Misplaced> {
    if places.is_empty() {
        return Ok(());
    }
    match syntax {
        Syntax::Ipxe => each(text, places, ipxe::check),
        Syntax::KeyValue => each(text, places, lines::check_key_value),
        Syntax::Shell => shell::check(text, places),
        Syntax::Preseed => each(text, places, preseed::check),
        Syntax::Kickstart => kickstart::check(text, places),
        Syntax::Yaml => yaml::check(text, places),
        Syntax::Xml => xml::check(text, places),
        Syntax::Json => yaml::check_json(text, places),
        Syntax::Batch => each(text, places, batch::check),
    }
}

fn each(
    text: &str,
    places: &[Place],
    check: impl Fn(&str, &Place) -> Result<(), &'static str>,
) -> Result<(), Misplaced> {
    let wrong = |place: &Place| check(text, place).err().map(|why| (place.start, why));
    places.iter().find_map(wrong).map_or(Ok(()), |(at, why)| Err(Misplaced { at, why }))
}
