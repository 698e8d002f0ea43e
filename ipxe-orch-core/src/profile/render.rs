//! Rendering: strict, and no value can be more than a value.

use super::syntax::{Syntax, check_places};
use serde_json::Value;
use std::ops::Range;

/// Why nothing was rendered; never shows a value, which may be secret.
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
    #[error("template `{template}`: the value of `{path}` cannot stand in {syntax}: {why}")]
    Value {
        /// Which.
        template: String,
        /// Which value, as the template names it.
        path: String,
        /// In what.
        syntax: Syntax,
        /// Why not.
        why: &'static str,
    },
    /// A value stands where it could be more than a value.
    #[error(
        "template `{template}`: in line {line} of its text a value is misplaced in {syntax}: {why}"
    )]
    Place {
        /// Which.
        template: String,
        /// Of the rendered text; the first is 1.
        line: usize,
        /// In what.
        syntax: Syntax,
        /// Why it cannot stand there, and what to write instead.
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

/// A text, and where values were inserted in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The bytes of each inserted value, in order, empty ones included.
    pub places: Vec<Range<usize>>,
}

/// Turns a template and values into text.
pub trait ScriptRenderer: Send + Sync {
    /// Puts the values into `template`, each written by [`encode`](super::encode); a value that
    /// is not in `values` is an error. `name` is for messages.
    ///
    /// # Errors
    /// [`RenderError`]; a server that cannot render answers 5xx and writes nothing.
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &Value,
    ) -> Result<Rendered, RenderError>;

    /// The text of a template in which every value is a value and nothing else.
    ///
    /// # Errors
    /// Those of [`Self::expand`], and [`RenderError::Place`] for a value that stands where it
    /// could be more.
    fn render(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &Value,
    ) -> Result<String, RenderError> {
        let Rendered { text, places } = self.expand(name, template, syntax, values)?;
        check_places(syntax, &text, &places).map_err(|wrong| {
            let before = text.get(..wrong.at).unwrap_or_default();
            let line = before.matches('\n').count().saturating_add(1);
            RenderError::Place { template: name.to_owned(), line, syntax, why: wrong.why }
        })?;
        Ok(text)
    }
}
