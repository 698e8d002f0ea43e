//! The two helpers that compiled templates call.

use super::output::Trace;
use ::handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason,
};
use ipxe_orch_core::profile::{Syntax, encode};
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
    pub(super) trace: Arc<Trace>,
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
        let text = encode(self.syntax, found.value()).map_err(|why| {
            let path = found.relative_path().map_or("the value", String::as_str).to_owned();
            RenderErrorReason::NestedError(Box::new(Refused { path, why }))
        })?;
        self.trace.value(text.len());
        // An empty write would count as a round of a loop.
        if text.is_empty() { Ok(()) } else { Ok(output.write(&text)?) }
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
