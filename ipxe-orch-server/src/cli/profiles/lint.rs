//! `profiles lint`

use super::{
    super::{
        context::Session,
        error::{CliError, CliResult},
        output::Output,
    },
    read,
};
use crate::{runtime::at_hand, view::LintView};
use clap::Args;
use ipxe_orch_backends::handlebars::HandlebarsRenderer;
use ipxe_orch_core::profile::{LintProblem, lint};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// The folder of a profile, or a folder with such folders; by default the built-in and
    /// configured profiles
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &LintArgs, session: &Session) -> CliResult {
    let versions = match &args.folder {
        Some(folder) => read(folder)?,
        None => at_hand(&session.config).all()?,
    };
    let renderer = HandlebarsRenderer::new();
    let mut views = Vec::new();
    let mut right = true;
    for version in &versions {
        let problems = lint(version, &renderer);
        right &= !problems.iter().any(LintProblem::is_error);
        let view = LintView::new(version, &problems);
        if !session.out.json {
            show(&view, session.out)?;
        }
        views.push(view);
    }
    if session.out.json {
        session.out.json(&views)?;
    }
    if right { Ok(()) } else { Err(CliError::Shown) }
}

fn show(view: &LintView, out: Output) -> CliResult {
    let name = &view.profile;
    if view.problems.is_empty() {
        return out.line(format_args!("{name}: nothing is wrong"));
    }
    view.problems.iter().try_for_each(|problem| out.line(format_args!("{name}: {problem}")))
}
