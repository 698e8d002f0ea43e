//! The two helpers that compiled templates call.

use ::handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason,
};
use ipxe_orch_core::profile::{Syntax, check_value};
use serde_json::Value;

/// A value that cannot stand where it was to be written.
#[derive(Debug, thiserror::Error)]
#[error("it cannot stand here")]
pub(super) struct Refused {
    pub(super) value: String,
    pub(super) what: &'static str,
    pub(super) why: &'static str,
}

/// Writes one value, as it is or not at all.
pub(super) struct ValueHelper {
    pub(super) syntax: Syntax,
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
        let found = helper.param(0).filter(|found| !found.is_value_missing());
        let Some(found) = found else {
            let path = helper.param(0).and_then(|missing| missing.relative_path());
            return Err(RenderError::strict_error(path));
        };
        let text = text(found.value()).map_err(|what| {
            let path = found.relative_path().map_or("the value", String::as_str);
            RenderErrorReason::Other(format!("`{path}` is {what}, which has no text of its own"))
        })?;
        if let Err((what, why)) = check_value(self.syntax, &text) {
            let refused = Refused { value: text, what, why };
            return Err(RenderErrorReason::NestedError(Box::new(refused)).into());
        }
        // An empty write would count as a round of a loop.
        if text.is_empty() { Ok(()) } else { Ok(output.write(&text)?) }
    }
}

fn text(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null => Err("null"),
        Value::Array(_) => Err("a list"),
        Value::Object(_) => Err("an object"),
    }
}

/// Counts one round of a loop.
pub(super) struct Tick;

impl HelperDef for Tick {
    fn call<'reg: 'rc, 'rc>(
        &self,
        _: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        output: &mut dyn Output,
    ) -> HelperResult {
        Ok(output.write("")?)
    }
}
