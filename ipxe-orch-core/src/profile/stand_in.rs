//! The values of a template, in which stand-ins hide what only one rendering has.

use super::syntax::{Syntax, encode};
use serde_json::Value;
use std::borrow::Cow;

/// Is at both ends of a stand-in. No value and no template has this character.
const EDGE: char = '\u{1}';

/// What a stand-in counts in the length of a text, in bytes, whatever is written for it.
const LENGTH: usize = 256;

/// Why a value is refused.
const CHANGED: &str = "a part of a ticket, an address of the server, an attempt's id or a secret was \
     changed: write it whole";

/// The values that a template gets.
///
/// A template must not do in a preview anything else than at a boot: then nobody could see before
/// what a machine gets, and a template that never ends would hide until a machine boots. Therefore a
/// template sees **stand-ins** for everything that is different each time: the ticket, the attempt's
/// id, the URL of the server, and secrets, which a preview masks. Whatever a template compares, it
/// compares the stand-in. What it writes is the real value: [`Self::write`] puts it in.
///
/// # Example
/// ```
/// use ipxe_orch_core::profile::{Syntax, TemplateValues};
/// use serde_json::json;
///
/// let values = TemplateValues::new(json!({"ticket": "abc", "host": {"name": "web1"}}));
/// let values = values.with_stand_in(&["ticket"]);
/// assert_ne!(values.seen()["ticket"], "abc");
/// assert_eq!(values.write(Syntax::Ipxe, &values.seen()["ticket"]), Ok("abc".to_owned()));
/// assert_eq!(values.write(Syntax::Ipxe, &values.seen()["host"]["name"]), Ok("web1".to_owned()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct TemplateValues {
    seen: Value,
    real: Vec<(String, String)>,
}

impl TemplateValues {
    /// These values, of which the template sees all.
    pub const fn new(values: Value) -> Self {
        Self { seen: values, real: Vec::new() }
    }

    /// With a stand-in for the text at this path, or for each text of the list at this path. Other
    /// values stay as they are.
    #[must_use]
    pub fn with_stand_in(mut self, path: &[&str]) -> Self {
        let mut found = Some(&mut self.seen);
        for name in path {
            found = found.and_then(|value| value.get_mut(*name));
        }
        let name = path.join(".");
        match found {
            Some(Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.real.extend(hide(item, &format!("{name}.{index}")));
                }
            }
            Some(value) => self.real.extend(hide(value, &name)),
            None => {}
        }
        self
    }

    /// With one more value at the top, of which the template sees a stand-in.
    #[must_use]
    pub(super) fn with_hidden(mut self, name: &str, real: &str) -> Self {
        if let Value::Object(all) = &mut self.seen {
            all.insert(name.to_owned(), real.into());
        }
        self.with_stand_in(&[name])
    }

    /// What the template may see, compare and join.
    pub const fn seen(&self) -> &Value {
        &self.seen
    }

    /// Writes a value that the template has in `syntax`, with the real texts.
    ///
    /// # Errors
    /// Those of [`encode`], and if a stand-in was changed or cut.
    pub fn write(&self, syntax: Syntax, value: &Value) -> Result<String, &'static str> {
        match value {
            Value::String(text) if text.contains(EDGE) => {
                encode(syntax, &Value::String(self.real(text)?))
            }
            Value::Array(items) if items.iter().any(|item| count(item) > 0) => {
                let real = |item: &Value| match item {
                    Value::String(text) => self.real(text).map(Value::String),
                    other => Ok(other.clone()),
                };
                encode(syntax, &items.iter().map(real).collect::<Result<_, _>>()?)
            }
            other => encode(syntax, other),
        }
    }

    /// A text of the template, with the real texts.
    ///
    /// # Errors
    /// If a stand-in was changed or cut.
    pub fn real(&self, text: &str) -> Result<String, &'static str> {
        let mut made = Cow::Borrowed(text);
        for (stand_in, real) in &self.real {
            if made.contains(stand_in.as_str()) {
                made = Cow::Owned(made.replace(stand_in.as_str(), real));
            }
        }
        if made.contains(EDGE) { Err(CHANGED) } else { Ok(made.into_owned()) }
    }

    /// How many bytes the written value counts in the length of a text. It is the same in a preview
    /// and at a boot, so that a text cannot be too long only at a boot.
    pub fn length(&self, value: &Value, written: &str) -> usize {
        match count(value) {
            0 => written.len(),
            stand_ins => stand_ins.saturating_mul(LENGTH).saturating_add(size(value)),
        }
    }
}

impl From<Value> for TemplateValues {
    fn from(values: Value) -> Self {
        Self::new(values)
    }
}

/// Whether a template has the character of stand-ins, which would let it forge one.
pub(super) fn has_edge(template: &str) -> bool {
    template.contains(EDGE)
}

/// Replaces the text by its stand-in, and returns both.
fn hide(value: &mut Value, name: &str) -> Option<(String, String)> {
    let Value::String(text) = value else { return None };
    let stand_in = format!("{EDGE}{name}{EDGE}");
    let real = std::mem::replace(text, stand_in.clone());
    Some((stand_in, real))
}

/// The number of stand-ins in a value.
fn count(value: &Value) -> usize {
    match value {
        Value::String(text) => text.matches(EDGE).count().div_ceil(2),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        _ => LENGTH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values() -> TemplateValues {
        let values = json!({"ticket": "T", "vars": {"root": "a b", "keys": ["k1", "k2"], "n": 1}});
        TemplateValues::new(values)
            .with_stand_in(&["ticket"])
            .with_stand_in(&["vars", "root"])
            .with_stand_in(&["vars", "keys"])
            .with_stand_in(&["vars", "n"])
            .with_stand_in(&["vars", "none"])
    }

    #[test]
    fn the_real_text_is_written_and_not_seen() {
        let values = values();
        let seen = values.seen().to_string();
        for real in ["\"T\"", "a b", "k1"] {
            assert!(!seen.contains(real), "{seen}");
        }
        assert_eq!(values.seen()["vars"]["n"], 1, "numbers stay");
        let root = &values.seen()["vars"]["root"];
        assert_eq!(values.write(Syntax::Shell, root), Ok("'a b'".to_owned()), "and is quoted");
        assert!(values.write(Syntax::Ipxe, root).is_err(), "and is checked");
        let keys = &values.seen()["vars"]["keys"];
        assert_eq!(values.write(Syntax::Yaml, keys), Ok("[\"k1\", \"k2\"]".to_owned()));
        let joined = json!(format!("t/{}/x", values.seen()["ticket"].as_str().unwrap()));
        assert_eq!(values.write(Syntax::Ipxe, &joined), Ok("t/T/x".to_owned()));
    }

    #[test]
    fn a_changed_stand_in_is_refused() {
        let values = values();
        let stand_in = values.seen()["ticket"].as_str().unwrap().to_owned();
        for changed in [stand_in.replace('i', "o"), stand_in.replace('\u{1}', "\u{1}x")] {
            assert_eq!(values.write(Syntax::KeyValue, &json!(changed)), Err(CHANGED));
            assert_eq!(values.write(Syntax::Yaml, &json!([changed])), Err(CHANGED));
        }
    }

    #[test]
    fn the_counted_length_does_not_depend_on_the_real_text() {
        let of = |ticket: &str| {
            let values = TemplateValues::new(json!({"ticket": ticket})).with_stand_in(&["ticket"]);
            let seen = &values.seen()["ticket"];
            values.length(seen, &values.write(Syntax::Ipxe, seen).unwrap())
        };
        assert_eq!(of("T"), of(&"T".repeat(200)));
        assert_eq!(values().length(&json!("abc"), "'abc'"), 5);
    }
}
