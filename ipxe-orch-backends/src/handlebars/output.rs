//! The rendered text, which grows within the budget.

use super::budget::Budget;
use std::{io, sync::Arc};

/// Collects the text.
pub(super) struct Output {
    pub(super) text: String,
    pub(super) budget: Arc<Budget>,
}

impl ::handlebars::Output for Output {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.budget.text(text.len()).map_err(io::Error::other)?;
        self.text.push_str(text);
        Ok(())
    }
}
