//! A renderer that fails.

use crate::profile::{RenderError, Rendered, ScriptRenderer, Syntax, TemplateValues};

/// Refuses the value `vars.root` of every template.
#[derive(Clone, Copy, Debug, Default)]
pub struct FailingRenderer;

impl ScriptRenderer for FailingRenderer {
    fn expand(
        &self,
        name: &str,
        _: &str,
        syntax: Syntax,
        _: &TemplateValues,
    ) -> Result<Rendered, RenderError> {
        Err(RenderError::Value {
            template: name.to_owned(),
            path: "vars.root".to_owned(),
            syntax,
            why: "it is refused",
        })
    }
}
