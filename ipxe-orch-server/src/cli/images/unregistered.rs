//! `images build --csv FILE --key FILE --out DIR`: without a database.

use super::{
    BuildArgs,
    run::{Run, progress, remedied, report},
};
use crate::{
    cli::{
        context::Session,
        error::{CliError, CliResult, failed},
        output::{complain, note},
    },
    runtime::at_hand,
    service::images::{EnrolHosts, EnrolStep, enrol},
    view::ImageRunView,
};
use ipxe_orch_backends::local::{SystemClock, SystemRandom};
use ipxe_orch_core::fleet::{self, FleetHost};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(super) async fn all(
    csv: &Path,
    key: PathBuf,
    args: BuildArgs,
    run: &Run,
    session: Session,
) -> CliResult {
    let hosts = read(csv)?;
    let profiles = at_hand(&session.config).all()?;
    let (folder, force) = (args.out, args.force);
    let file = key.display().to_string();
    let told = move |step| match step {
        EnrolStep::NewKey(id) => note(format_args!(
            "{file} is a new image key, {id}: keep it, and make it known to the server with \
             `ipxe-orch keys import {file}`"
        )),
        EnrolStep::Written(done, total) => progress(done, total),
    };
    let request = EnrolHosts { hosts, key, folder, profiles, force };
    let enrolled = enrol(request, &run.recipe, &SystemClock, &SystemRandom, told).await;
    let enrolled = enrolled.map_err(remedied)?;
    report(&ImageRunView::enrolled(&enrolled, &run.recipe, &run.found), session.out)
}

fn read(csv: &Path) -> CliResult<Vec<FleetHost>> {
    let text = fs::read(csv).map_err(|error| CliError::file("read", csv, &error))?;
    let fleet = fleet::read(&text);
    let shown = csv.display();
    fleet.problems.iter().for_each(|problem| complain(format_args!("{shown}: {problem}")));
    let problems = fleet.problems.len() + fleet.more_problems;
    if problems > 0 {
        return failed(format!(
            "{problems} problems in {shown}: correct them; nothing was written"
        ));
    }
    if fleet.hosts.is_empty() {
        return failed(format!("{shown} has no hosts: nothing was written"));
    }
    Ok(fleet.hosts)
}
