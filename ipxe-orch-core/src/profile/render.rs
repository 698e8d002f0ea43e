//! Rendering of templates. It is strict, and a value can never become more than a value.

use super::syntax::{Syntax, check_places};
use serde_json::Value;
use std::ops::Range;

/// Why a template could not be rendered. No message contains a value, because it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The template is wrong, or it uses a value that does not exist.
    #[error("template `{template}`: {why}")]
    Template {
        /// The file name of the template.
        template: String,
        /// What is wrong, with the line if it is known.
        why: String,
    },
    /// A value cannot be written in this syntax.
    #[error("template `{template}`: the value of `{path}` cannot be written in {syntax}: {why}")]
    Value {
        /// The file name of the template.
        template: String,
        /// The name of the value in the template.
        path: String,
        /// The syntax of the rendered file.
        syntax: Syntax,
        /// The reason.
        why: &'static str,
    },
    /// A value is in a place where it could be more than a value.
    #[error(
        "template `{template}`: line {line} of the rendered text has a value in the wrong place of \
         {syntax}: {why}"
    )]
    Place {
        /// The file name of the template.
        template: String,
        /// The line in the rendered text. The first line is 1.
        line: usize,
        /// The syntax of the rendered file.
        syntax: Syntax,
        /// The reason, and what to write instead.
        why: &'static str,
    },
    /// The rendered text is too long.
    #[error("template `{template}`: its text would have more than {limit} bytes")]
    TooLong {
        /// The file name of the template.
        template: String,
        /// The largest allowed length in bytes.
        limit: usize,
    },
}

/// A rendered text, and the places of the values in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The whole text.
    pub text: String,
    /// The bytes of each inserted value, in order, including empty values.
    pub places: Vec<Range<usize>>,
}

/// Turns a template and values into text.
///
/// An implementation writes only [`expand`](Self::expand). [`render`](Self::render) adds the check
/// of the places. Do not replace it.
///
/// # Rules
/// - Each value is written by [`encode`](super::encode) for the given syntax, and its bytes are in
///   [`Rendered::places`]: in order, without overlap, empty values included. A value without a
///   place is not checked, and could become a command.
/// - It is strict: a value that does not exist is an error, never an empty text. A condition such
///   as `{{#if nic.gateway}}` may ask whether a value exists.
/// - The same arguments give the same text. It reads no clock, file or environment. Text that was
///   offered once may be rendered again for the same attempt.
/// - It does no slow work and does not wait: it runs on the threads that answer machines. The text
///   and the time have a limit, because people who write profiles may make mistakes.
/// - No error, panic or log has a value in it, because it may be a secret.
///
/// # Example
/// ```
/// use ipxe_orch_core::{memory::PlainRenderer, profile::{ScriptRenderer, Syntax}};
/// use serde_json::json;
///
/// let values = json!({"host": {"name": "web1"}});
/// let rendered = PlainRenderer.expand("motd", "echo {{host.name}}", Syntax::Ipxe, &values)?;
/// assert_eq!(rendered.text, "echo web1");
/// assert_eq!(rendered.places, [5..9]);
/// assert!(PlainRenderer.expand("motd", "echo {{host.rack}}", Syntax::Ipxe, &values).is_err());
/// # Ok::<(), ipxe_orch_core::profile::RenderError>(())
/// ```
pub trait ScriptRenderer: Send + Sync {
    /// Puts the values into `template`. Each value is written by [`encode`](super::encode). A value
    /// that is not in `values` is an error. `name` is the name of the template in messages.
    ///
    /// # Errors
    /// [`RenderError::Template`] for a wrong template or a missing value, [`RenderError::Value`]
    /// for a value that the syntax cannot represent, [`RenderError::TooLong`] for too long a text.
    /// A server that cannot render answers 5xx and writes nothing.
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &Value,
    ) -> Result<Rendered, RenderError>;

    /// Renders a template. In the text every value is a value and nothing else.
    ///
    /// # Errors
    /// Those of [`Self::expand`], and [`RenderError::Place`] for a value in a place where it could
    /// be more than a value.
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
