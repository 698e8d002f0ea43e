//! Rendering of templates. It is strict, and a value can never become more than a value.

use super::{
    stand_in::{TemplateValues, has_edge},
    syntax::{Syntax, check_places},
};
use std::{ops::Range, time::Duration};

/// The most work of the check of places: the values in a text, times the bytes of the text. A text
/// of 256 KiB can have 256 values, one of 64 KiB 1,024, and one of 16 KiB 4,096.
pub const MAX_CHECKED: usize = 1 << 26;

const EDGE_IN_TEMPLATE: &str = "the control character U+0001 is not allowed";

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
    /// Rendering takes too much work or memory.
    #[error("template `{template}`: it takes too much work to render: {what}")]
    TooMuch {
        /// The file name of the template.
        template: String,
        /// What there is too much of, with the limit.
        what: String,
    },
    /// The texts of a profile were not ready in time.
    #[error(
        "profile {profile}: its texts were not rendered within {} s: make its templates simpler, \
         or the server is overloaded", .limit.as_secs()
    )]
    TooSlow {
        /// The name of the profile.
        profile: String,
        /// The time limit.
        limit: Duration,
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
/// - A template sees only [`TemplateValues::seen`]. Each value is written by
///   [`TemplateValues::write`] for the given syntax, and its bytes are in
///   [`Rendered::places`]: in order, without overlap, empty values included. A value without a
///   place is not checked, and could become a command.
/// - It is strict: a value that does not exist is an error, never an empty text. A condition such
///   as `{{#if nic.gateway}}` may ask whether a value exists.
/// - The same arguments give the same text. It reads no clock, file or environment. Text that was
///   offered once may be rendered again for the same attempt.
/// - The text, the memory and the work of one rendering have limits, because people who write
///   profiles may make mistakes, or be hostile. Count steps instead of seconds: then what was
///   rendered once for a host is always rendered for it, on every server. Nobody can end a
///   rendering from outside; a [`Workers`](crate::work::Workers) only stops waiting for it.
/// - No error, panic or log has a value in it, because it may be a secret.
///
/// # Example
/// ```
/// use ipxe_orch_core::{memory::PlainRenderer, profile::{ScriptRenderer, Syntax, TemplateValues}};
/// use serde_json::json;
///
/// let values = TemplateValues::new(json!({"host": {"name": "web1"}}));
/// let rendered = PlainRenderer.expand("motd", "echo {{host.name}}", Syntax::Ipxe, &values)?;
/// assert_eq!(rendered.text, "echo web1");
/// assert_eq!(rendered.places, [5..9]);
/// assert!(PlainRenderer.expand("motd", "echo {{host.rack}}", Syntax::Ipxe, &values).is_err());
/// # Ok::<(), ipxe_orch_core::profile::RenderError>(())
/// ```
pub trait ScriptRenderer: Send + Sync {
    /// Puts the values into `template`. Each value is written by [`TemplateValues::write`]. A value
    /// that is not in `values` is an error. `name` is the name of the template in messages.
    ///
    /// # Errors
    /// [`RenderError::Template`] for a wrong template or a missing value, [`RenderError::Value`]
    /// for a value that the syntax cannot represent, [`RenderError::TooLong`] for too long a text,
    /// [`RenderError::TooMuch`] for too much work. A server that cannot render answers 5xx and writes nothing.
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &TemplateValues,
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
        values: &TemplateValues,
    ) -> Result<String, RenderError> {
        if has_edge(template) {
            let (template, why) = (name.to_owned(), EDGE_IN_TEMPLATE.to_owned());
            return Err(RenderError::Template { template, why });
        }
        let Rendered { text, places } = self.expand(name, template, syntax, values)?;
        if places.len().saturating_mul(text.len()) > MAX_CHECKED {
            let what = format!(
                "it has {} values in {} bytes, and the product must be at most {MAX_CHECKED}",
                places.len(),
                text.len()
            );
            return Err(RenderError::TooMuch { template: name.to_owned(), what });
        }
        check_places(syntax, &text, &places).map_err(|wrong| {
            let before = text.get(..wrong.at).unwrap_or_default();
            let line = before.matches('\n').count().saturating_add(1);
            RenderError::Place { template: name.to_owned(), line, syntax, why: wrong.why }
        })?;
        Ok(text)
    }
}
