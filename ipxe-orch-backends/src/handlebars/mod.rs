//! A template renderer for Handlebars, made strict.
//!
//! # Example
//!
//! ```
//! use ipxe_orch_backends::handlebars::HandlebarsRenderer;
//! use ipxe_orch_core::profile::{ScriptRenderer, Syntax, TemplateValues};
//!
//! let renderer = HandlebarsRenderer::new();
//! let values = TemplateValues::new(serde_json::json!({ "host": { "name": "web1" } }));
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
//! and checked for the syntax of its file. One rendering has a budget: [`MAX_STEPS`],
//! [`MAX_VALUE`] and [`MAX_OUTPUT`].

mod budget;
#[cfg(test)]
mod budget_tests;
mod compile;
mod helpers;
mod output;
mod scan;
#[cfg(test)]
mod tests;
mod value;

use self::{
    budget::{Budget, Stop},
    compile::{CHARGE, VALUE, compile},
    output::Output,
    value::{Charge, Refused, ValueHelper},
};
use ::handlebars::{
    Context, Handlebars, RenderContext, RenderError as Error, RenderErrorReason as Reason,
    Renderable as _, Template,
};
use ipxe_orch_core::{
    digest::Digest,
    profile::{RenderError, Rendered, ScriptRenderer, Syntax, TemplateValues},
};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

pub use budget::{MAX_OUTPUT, MAX_STEPS, MAX_VALUE, TAG_STEPS};

/// The longest template, in bytes. It may have at most 2,000 tags, nested at most 32 deep, with 64
/// values in one and 8,000 in all of them.
pub const MAX_TEMPLATE: usize = 256 * 1024;

/// The number of compiled templates that are kept, and the bytes of their texts together. When there
/// would be more, all of them are dropped.
const KEPT: usize = 64;
const KEPT_BYTES: usize = 1024 * 1024;

/// Renders Handlebars templates strictly: a missing value is an error.
#[derive(Default)]
pub struct HandlebarsRenderer {
    compiled: Mutex<HashMap<Digest, Kept>>,
}

struct Kept {
    template: Arc<Template>,
    bytes: usize,
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
            return Ok(Arc::clone(&compiled.template));
        }
        let compiled = compile(template)
            .map_err(|why| RenderError::Template { template: name.to_owned(), why })?;
        let compiled = Arc::new(compiled);
        let mut kept = kept();
        let bytes = kept.values().map(|kept| kept.bytes).sum::<usize>();
        if kept.len() >= KEPT || bytes.saturating_add(template.len()) > KEPT_BYTES {
            kept.clear();
        }
        kept.insert(digest, Kept { template: Arc::clone(&compiled), bytes: template.len() });
        Ok(compiled)
    }
}

impl ScriptRenderer for HandlebarsRenderer {
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &TemplateValues,
    ) -> Result<Rendered, RenderError> {
        let compiled = self.compiled(name, template)?;
        let budget = Arc::new(Budget::default());
        let mut output = Output { text: String::new(), budget: Arc::clone(&budget) };
        let helpers = helpers(syntax, &Arc::new(values.clone()), &budget);
        let rendered = Context::wraps(values.seen()).and_then(|context| {
            compiled.render(&helpers, &context, &mut RenderContext::new(None), &mut output)
        });
        match rendered {
            Ok(()) => Ok(Rendered { places: budget.take_places(), text: output.text }),
            Err(error) => Err(explain(name, syntax, &error, budget.stopped())),
        }
    }
}

fn helpers(
    syntax: Syntax,
    values: &Arc<TemplateValues>,
    budget: &Arc<Budget>,
) -> Handlebars<'static> {
    let mut helpers = Handlebars::new();
    helpers.set_strict_mode(true);
    helpers.unregister_helper("log");
    helpers.unregister_helper("raw");
    helpers::register(&mut helpers, values, budget);
    let (values, shared) = (Arc::clone(values), Arc::clone(budget));
    helpers.register_helper(VALUE, Box::new(ValueHelper { syntax, values, budget: shared }));
    helpers.register_helper(CHARGE, Box::new(Charge(Arc::clone(budget))));
    helpers
}

fn explain(name: &str, syntax: Syntax, error: &Error, stop: Option<Stop>) -> RenderError {
    let template = name.to_owned();
    if let Some(stop) = stop {
        return stop.of(template);
    }
    let why = match error.reason() {
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
