//! A template renderer for Handlebars, made strict.
//!
//! # Example
//!
//! ```
//! use ipxe_orch_backends::handlebars::HandlebarsRenderer;
//! use ipxe_orch_core::profile::{ScriptRenderer, Syntax};
//!
//! let renderer = HandlebarsRenderer::new();
//! let values = serde_json::json!({ "host": { "name": "web1" } });
//! let render = |template| renderer.render("boot.ipxe.hbs", template, Syntax::Ipxe, &values);
//! assert_eq!(render("echo {{host.name}}\n").unwrap(), "echo web1\n");
//! assert!(render("{{host.name}}\n").unwrap_err().to_string().ends_with("it would name a command"));
//! assert_eq!(
//!     render("#!ipxe\necho {{host.nmae}}\n").unwrap_err().to_string(),
//!     "template `boot.ipxe.hbs`: line 2: there is no value `host.nmae`",
//! );
//! ```
//! Block helpers are `if`, `unless`, `each` and `with`, with `else`. Helpers are `lookup`, `len`,
//! `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `and`, `or` and `not`, and four for texts:
//!
//! - `concat A B …` joins texts;
//! - `join LIST SEPARATOR` joins a list, whose items must not contain the separator;
//! - `default A B` is B if A is missing;
//! - `replace TEXT A B` replaces each A by B.
//!
//! There are no partials, decorators, raw blocks or unescaped expressions. Each value is written
//! and checked for the syntax of its file.

mod compile;
mod helpers;
mod output;
mod scan;
#[cfg(test)]
mod tests;
mod value;

use self::{
    compile::{TICK, VALUE, compile},
    output::{Output, Stop, Trace},
    value::{Refused, Tick, ValueHelper},
};
use ::handlebars::{
    Context, Handlebars, RenderContext, RenderError as Error, RenderErrorReason as Reason,
    Renderable as _, Template,
};
use ipxe_orch_core::{
    digest::Digest,
    profile::{RenderError, Rendered, ScriptRenderer, Syntax},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// The longest template, in bytes. It may have at most 2,000 tags, nested at most 32 deep.
pub const MAX_TEMPLATE: usize = 256 * 1024;
/// The longest rendered text, in bytes.
pub const MAX_OUTPUT: usize = 256 * 1024;
/// The largest number of rounds of all `each` blocks together in one rendering.
pub const MAX_ROUNDS: u32 = 100_000;

/// The number of compiled templates that are kept. When there would be more, all of them are
/// dropped.
const KEPT: usize = 64;

/// Renders Handlebars templates strictly: a missing value is an error.
#[derive(Default)]
pub struct HandlebarsRenderer {
    compiled: Mutex<HashMap<Digest, Arc<Template>>>,
}

impl fmt::Debug for HandlebarsRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlebarsRenderer").finish_non_exhaustive()
    }
}

impl HandlebarsRenderer {
    /// A renderer without files, without partials and without other helpers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compiles a template without rendering it, to find its mistakes before it is stored.
    ///
    /// # Errors
    /// [`RenderError::TooLong`] or [`RenderError::Template`].
    pub fn check(&self, name: &str, template: &str) -> Result<(), RenderError> {
        self.compiled(name, template).map(drop)
    }

    fn compiled(&self, name: &str, template: &str) -> Result<Arc<Template>, RenderError> {
        if template.len() > MAX_TEMPLATE {
            return Err(RenderError::TooLong { template: name.to_owned(), limit: MAX_TEMPLATE });
        }
        // The digest is the key, not the name: many versions of a profile have a file of the same name.
        let digest = Digest::of(template);
        let kept = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = kept().get(&digest) {
            return Ok(Arc::clone(compiled));
        }
        let compiled = compile(template)
            .map_err(|why| RenderError::Template { template: name.to_owned(), why })?;
        let compiled = Arc::new(compiled);
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(digest, Arc::clone(&compiled));
        Ok(compiled)
    }
}

impl ScriptRenderer for HandlebarsRenderer {
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &Value,
    ) -> Result<Rendered, RenderError> {
        let compiled = self.compiled(name, template)?;
        let mut output = Output::default();
        let helpers = helpers(syntax, &output.trace);
        let rendered = Context::wraps(values).and_then(|context| {
            compiled.render(&helpers, &context, &mut RenderContext::new(None), &mut output)
        });
        match rendered {
            Ok(()) => Ok(Rendered { places: output.trace.take(), text: output.text }),
            Err(error) => Err(explain(name, syntax, &error, output.stop)),
        }
    }
}

fn helpers(syntax: Syntax, trace: &Arc<Trace>) -> Handlebars<'static> {
    let mut helpers = Handlebars::new();
    helpers.set_strict_mode(true);
    helpers.unregister_helper("log");
    helpers.unregister_helper("raw");
    helpers::register(&mut helpers);
    helpers.register_helper(VALUE, Box::new(ValueHelper { syntax, trace: Arc::clone(trace) }));
    helpers.register_helper(TICK, Box::new(Tick));
    helpers
}

fn explain(name: &str, syntax: Syntax, error: &Error, stop: Option<Stop>) -> RenderError {
    let template = name.to_owned();
    if stop == Some(Stop::Length) {
        return RenderError::TooLong { template, limit: MAX_OUTPUT };
    }
    let why = match error.reason() {
        _ if stop == Some(Stop::Rounds) => format!("more than {MAX_ROUNDS} rounds of `each`"),
        Reason::MissingVariable(Some(path)) => format!("there is no value `{path}`"),
        Reason::MissingVariable(None) => "there is no such value".to_owned(),
        Reason::NestedError(inner) => match inner.downcast_ref::<Refused>() {
            Some(Refused { path, why }) => {
                return RenderError::Value { template, path: path.clone(), syntax, why };
            }
            None => inner.to_string(),
        },
        Reason::ParamNotFoundForIndex(helper, index) => {
            format!("`{helper}` is missing its value {}", index.saturating_add(1))
        }
        other => other.to_string(),
    };
    let why = match error.line_no {
        Some(line) => format!("line {line}: {why}"),
        None => why,
    };
    RenderError::Template { template, why }
}
