//! What came of each of several hosts. Those that refuse are named, and do not keep the others from
//! it. It is no failure where there is nothing to do.

use super::{
    context::Context,
    error::{CliError, CliResult},
    output::{complain, note},
};
use crate::view::{EachView, RefusedView};
use ipxe_orch_core::names::HostName;
use serde::Serialize;
use std::fmt::Display;

/// Says it host by host; as JSON at the end.
pub(super) struct Each<'a, V> {
    context: &'a Context,
    views: Vec<EachView<V>>,
    refused: bool,
}

impl<'a, V: Serialize> Each<'a, V> {
    pub(super) const fn new(context: &'a Context) -> Self {
        Self { context, views: Vec::new(), refused: false }
    }

    /// It was done.
    pub(super) fn done(&mut self, view: V, text: impl Display) -> CliResult {
        if !self.context.out.json {
            self.context.out.line(format_args!("{text}"))?;
        }
        self.views.push(EachView::Done(view));
        Ok(())
    }

    /// There was nothing to do.
    pub(super) fn nothing(&mut self, view: V, why: impl Display) {
        note(why);
        self.views.push(EachView::Done(view));
    }

    /// It was refused.
    pub(super) fn refused(&mut self, name: &HostName, error: impl Into<CliError>) {
        self.refused = true;
        let CliError::Failed(error) = error.into() else { return };
        complain(format_args!("error: {error}"));
        self.views.push(EachView::Refused(RefusedView { name: name.clone(), error }));
    }

    pub(super) fn end(self) -> CliResult {
        if self.context.out.json {
            self.context.out.json(&self.views)?;
        }
        if self.refused { Err(CliError::Shown) } else { Ok(()) }
    }
}
