//! Rendering: strict, and no value can be more than a value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The language that a template writes; it decides which values are let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Syntax {
    /// An iPXE script.
    Ipxe,
    /// Lines of `key=value`, read as data.
    KeyValue,
}

/// Why nothing was rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The template is wrong, or asks for a value that is not there.
    #[error("template `{template}`: {why}")]
    Template {
        /// Which.
        template: String,
        /// What is wrong, with its line where it has one.
        why: String,
    },
    /// A value cannot stand in this syntax.
    #[error("template `{template}`: the value `{}` cannot stand in {what}: {why}", .value.escape_debug())]
    Value {
        /// Which.
        template: String,
        /// The value.
        value: String,
        /// In what.
        what: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// The text is longer than allowed.
    #[error("template `{template}`: more than {limit} bytes")]
    TooLong {
        /// Which.
        template: String,
        /// In bytes.
        limit: usize,
    },
}

/// Turns a template and values into text.
pub trait ScriptRenderer: Send + Sync {
    /// Renders `template`; a value that is not in `values` is an error, and so is one that could
    /// be more than a value in `syntax`. `name` is for messages.
    ///
    /// # Errors
    /// [`RenderError`]; a server that cannot render answers 5xx and writes nothing.
    fn render(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &Value,
    ) -> Result<String, RenderError>;
}

/// Whether `value` can stand in `syntax` as it is; renderers call it for each value they insert.
///
/// # Errors
/// What the text is and why the value cannot stand in it.
pub fn check_value(syntax: Syntax, value: &str) -> Result<(), (&'static str, &'static str)> {
    match syntax {
        // A space ends an argument, `$` starts a setting, `\` `'` `"` quote, `#` may comment,
        // `|` `&` join commands, a newline ends one.
        Syntax::Ipxe => {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_./:,=@+%~[]".contains(&b);
            if value.bytes().all(allowed) {
                return Ok(());
            }
            Err(("an iPXE script", "only A-Z, a-z, 0-9 and -_./:,=@+%~[] are allowed"))
        }
        Syntax::KeyValue => {
            if value.chars().any(char::is_control) {
                return Err(("a line of key=value", "control characters are not allowed"));
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_value_ends_its_argument(value in ".*") {
            if check_value(Syntax::Ipxe, &value).is_ok() {
                let ends = |c: char| c.is_whitespace() || "$\\\"'|&;#`(){}<>".contains(c);
                prop_assert!(!value.contains(ends));
            }
            if check_value(Syntax::KeyValue, &value).is_ok() {
                prop_assert_eq!(value.lines().count().max(1), 1);
            }
        }
    }
}
