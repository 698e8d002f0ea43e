//! The languages that templates write: how a value is written in each, and where it may stand.
//!
//! A value is written so that it is one value: encoded or quoted where the language can do that,
//! refused where it cannot. Whether that holds depends on the place, too: a quoted word inside
//! the author's quotes, a here-document or a comment is none. A renderer therefore notes where it
//! inserted values, and [`check_places`] looks at each place in the finished text. Together they
//! keep a text's structure what it would be with harmless values.
//!
//! | syntax | a text becomes | it stands |
//! |---|---|---|
//! | `ipxe` | itself; only `A-Z a-z 0-9 -_./:,=@+%~[]` | in an argument of a command |
//! | `key_value` | itself, without control characters | after the `=` of a line |
//! | `shell` | a word, quoted where needed | in a word of a command, outside quotes, expansions, here-documents |
//! | `kickstart` | the same | in a word of a command, in a shell section, in `%packages` |
//! | `preseed` | itself, without control characters | after the third field; beside other text, and in commands, recipes and multiselects, only `A-Z a-z 0-9 -_./:@%+=` |
//! | `yaml`, `json` | a double-quoted string | as a whole scalar, never a key |
//! | `xml` | text with references | in text or an attribute; beside other text only `A-Z a-z 0-9 -_./:@%+=` |
//! | `batch` | itself, printable ASCII but `%!"^&|<>` | in `"…"`, or as an argument without separators |
//!
//! Numbers and truths are written as they are; lists only in `yaml` and `json`, as `[…]`.

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

/// The language that a template writes; it decides how values are written, and where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Syntax {
    /// An iPXE script.
    Ipxe,
    /// Lines of `key=value`, read as data.
    KeyValue,
    /// A POSIX shell script (POSIX.1-2024, Shell Command Language).
    Shell,
    /// Answers of debian-installer, as debconf-set-selections(1) reads them.
    Preseed,
    /// A kickstart file of Anaconda or ESXi, whose lines Python's `shlex` splits.
    Kickstart,
    /// YAML 1.2: autoinstall, cloud-init.
    Yaml,
    /// XML 1.0 without a document type: AutoYaST, unattend.
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

/// A place where a value cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The byte where it begins.
    pub at: usize,
    /// Why not, and what to write instead.
    pub why: &'static str,
}

type Place = Range<usize>;

/// Writes a value in `syntax`.
///
/// # Errors
/// Why it cannot stand in it: the value has a character that the syntax cannot hold, or is a
/// list, an object or null.
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
            "it is a list: write `{{join list \",\"}}`, or each of it with `{{#each list}}`",
        );
    }
    let items: Result<Vec<_>, _> = list.iter().map(|item| encode(syntax, item)).collect();
    Ok(format!("[{}]", items?.join(", ")))
}

/// Checks that each inserted value stands where it can be nothing but a value. `places` are the
/// values' bytes in `text`, in order.
///
/// # Errors
/// The first that does not.
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
