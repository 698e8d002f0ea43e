//! The two helpers that compiled templates call.

use super::budget::Budget;
use ::handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason,
};
use ipxe_orch_core::profile::{Syntax, TemplateValues};
use std::sync::Arc;

/// A value that cannot be written in the syntax of the file.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be written here")]
pub(super) struct Refused {
    pub(super) path: String,
    pub(super) why: &'static str,
}

/// Writes one value in the syntax of the file, or nothing, and notes the place.
pub(super) struct ValueHelper {
    pub(super) syntax: Syntax,
    pub(super) values: Arc<TemplateValues>,
    pub(super) budget: Arc<Budget>,
}

impl HelperDef for ValueHelper {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        output: &mut dyn Output,
    ) -> HelperResult {
        self.budget.call(helper.params())?;
        let found = helper.param(0).filter(|found| !found.is_value_missing());
        let Some(found) = found else {
            let path = helper.param(0).and_then(|missing| missing.relative_path());
            return Err(RenderError::strict_error(path));
        };
        let text = self.values.write(self.syntax, found.value()).map_err(|why| {
            let path = found.relative_path().map_or("the value", String::as_str).to_owned();
            RenderErrorReason::NestedError(Box::new(Refused { path, why }))
        })?;
        self.budget.value(text.len(), self.values.length(found.value(), &text))?;
        Ok(output.write(&text)?)
    }
}

/// Counts a round of a loop, or a block with its value, and writes nothing.
pub(super) struct Charge(pub(super) Arc<Budget>);

impl HelperDef for Charge {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        _: &mut dyn Output,
    ) -> HelperResult {
        self.0.call(helper.params())
    }
}
