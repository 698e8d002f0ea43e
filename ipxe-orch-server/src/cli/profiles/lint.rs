//! `profiles lint`

use super::{
    super::{
        context::Session,
        error::{CliError, CliResult},
    },
    read,
};
use crate::runtime::{AtHand, at_hand};
use clap::Args;
use ipxe_orch_backends::handlebars::HandlebarsRenderer;
use ipxe_orch_core::profile::{LintProblem, ProfileVersion, lint};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// A profile's folder, or a folder of such; without it the built-in and configured profiles
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &LintArgs, session: &Session) -> CliResult {
    let versions = match &args.folder {
        Some(folder) => read(folder)?,
        None => {
            let AtHand { versions, problems } = at_hand(&session.config);
            problems.into_iter().next().map_or(Ok(versions), Err)?
        }
    };
    let renderer = HandlebarsRenderer::new();
    let mut views = Vec::new();
    let mut right = true;
    for version in &versions {
        let problems = lint(version, &renderer);
        right &= !problems.iter().any(LintProblem::is_error);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        if !session.out.json {
            let name = &version.profile().name;
            for problem in &problems {
                session.out.line(format_args!("{name}: {problem}"))?;
            }
            if problems.is_empty() {
                session.out.line(format_args!("{name}: nothing is wrong"))?;
            }
        }
        views.push((version, problems));
    }
    if session.out.json {
        session.out.json(&views.iter().map(as_json).collect::<Vec<_>>())?;
    }
    if right { Ok(()) } else { Err(CliError::Shown) }
}

fn as_json((version, problems): &(&ProfileVersion, Vec<String>)) -> Value {
    json!({ "profile": version.profile().name, "version": version.digest(), "problems": problems })
}
