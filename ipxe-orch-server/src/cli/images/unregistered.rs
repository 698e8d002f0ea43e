//! Images without a database: ids come from the file, or are made.

use super::{
    enrolment,
    run::{ImageRun, Planned},
};
use crate::{
    cli::{
        context::Session,
        error::{CliError, CliResult, failed},
        output::{complain, note},
    },
    config::Config,
    runtime::{AtHand, at_hand},
};
use ipxe_orch_backends::local::{SystemClock, SystemRandom, read_key_file, write_new_key_file};
use ipxe_orch_core::{
    boot::{ImageIdentity, ImageScript, image_script},
    fleet::{self, FleetHost},
    host::LoaderPath,
    ids::HostId,
    keys::{Key, KeyProvider as _, KeyRing, Purpose},
    names::ProfileName,
    stores::StoreError,
    time::Clock as _,
};
use serde_json::json;
use std::{collections::BTreeMap, fs, path::Path};

/// `--csv FILE --key FILE --out DIR`: all are planned before anything is written.
pub(super) async fn all(
    csv: &Path,
    key: &Path,
    folder: &Path,
    run: &ImageRun,
    session: Session,
) -> CliResult {
    let mut hosts = read(csv)?;
    let loaders = Loaders::new(&session.config)?;
    let (ring, new) = ring(key)?;
    let active = active(&ring, key).await?;
    let mut plans = Vec::with_capacity(hosts.len());
    for host in &mut hosts {
        let key = key_of(host, &ring, &active, key).await?;
        plans.push(plan(host, &key, &loaders, run)?);
    }
    run.prepare(folder, &plans)?;
    enrolment::check(folder, &hosts, run.force)?;
    if new {
        write_new_key_file(key, &ring)?;
        note(format_args!(
            "{} is a new image key, {}: keep it, and make it known to the server with \
             `ipxe-orch keys import {}`",
            key.display(),
            active.id,
            key.display()
        ));
    }
    // First the ids: without them the images would be of nobody.
    enrolment::write(folder, &hosts)?;
    run.write_all(folder, &plans)?;
    let result = json!({
        "folder": folder.display().to_string(),
        "images": plans.len(),
        "enrolment": enrolment::path(folder).display().to_string(),
        "key": active.id,
    });
    run.report(&result, &plans, session.out)
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

/// The keys of the file; new ones, not written yet, if there is no file.
fn ring(path: &Path) -> CliResult<(KeyRing, bool)> {
    match read_key_file(path) {
        Ok(ring) => Ok((ring, false)),
        Err(error) if error.is_not_found() => {
            Ok((KeyRing::generate_image_key(SystemClock.now(), &SystemRandom), true))
        }
        Err(error) => Err(error.into()),
    }
}

async fn active(ring: &KeyRing, path: &Path) -> CliResult<Key> {
    match ring.active(Purpose::Image).await {
        Ok(key) => Ok(key),
        Err(StoreError::NotFound) => failed(format!(
            "{} holds no active image key: give another file, or one that is not there yet",
            path.display()
        )),
        Err(error) => Err(error.into()),
    }
}

/// The key of the host's earlier image, else the active one.
async fn key_of(host: &FleetHost, ring: &KeyRing, active: &Key, path: &Path) -> CliResult<Key> {
    let Some(id) = host.key_id else { return Ok(active.clone()) };
    let found = ring.lookup(Purpose::Image, id).await?;
    found.ok_or_else(|| {
        CliError::Failed(format!(
            "host {} needs the image key {id}, which is not in {}: give the key file of its \
             earlier image, or empty its cells id, generation and key_id",
            host.spec.name,
            path.display()
        ))
    })
}

/// Completes the row with what will be in the image.
fn plan(host: &mut FleetHost, key: &Key, loaders: &Loaders, run: &ImageRun) -> CliResult<Planned> {
    let id = host.id.unwrap_or_else(|| HostId::generate(SystemClock.now(), &SystemRandom));
    let generation = host.generation.unwrap_or_default();
    host.id = Some(id);
    host.generation = Some(generation);
    host.key_id = Some(key.id);
    let identity = ImageIdentity::derive(key, id, generation);
    let loaders = loaders.of(host.spec.profile.as_ref());
    let image = ImageScript {
        identity: &identity,
        host: &host.spec,
        servers: &run.servers,
        loaders: &loaders,
        medium: run.medium(),
    };
    let script =
        image_script(&image).map_err(|error| CliError::from(error).in_context(&host.spec.name))?;
    run.plan(&host.spec, script)
}

/// The loaders of all profiles that this program has at hand, in the order in which a store lists
/// them: an image is the same with a database and without.
struct Loaders(BTreeMap<ProfileName, LoaderPath>);

impl Loaders {
    fn new(config: &Config) -> CliResult<Self> {
        let AtHand { versions, problems } = at_hand(config);
        let profiles = problems.into_iter().next().map_or(Ok(versions), Err)?;
        let loader = |version: &ipxe_orch_core::profile::ProfileVersion| {
            let profile = version.profile();
            Some((profile.name.clone(), profile.loader.clone()?))
        };
        Ok(Self(profiles.iter().filter_map(loader).collect()))
    }

    /// The host's own first.
    fn of(&self, own: Option<&ProfileName>) -> Vec<LoaderPath> {
        let first = own.and_then(|own| self.0.get(own));
        let rest = self.0.iter().filter(|(name, _)| Some(*name) != own).map(|(_, loader)| loader);
        first.into_iter().chain(rest).cloned().collect()
    }
}
