//! Every command, as somebody without any permission gives it.

use super::{Cli, context::Session, dispatch, error::CliError, output::Output, output::Times};
use crate::config::{Config, Environment, Layer};
use clap::{Command, CommandFactory as _, Parser as _};
use ipxe_orch_core::{
    audit::{AuditEntry, AuditOutcome},
    auth::{Authorizer, OperatorAuthorizer},
    fakes::DenyAll,
    orchestrator::Caller,
};
use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

/// Commands that touch neither database, keys nor media of this machine's server, or that make
/// them: there is nothing to be permitted.
const WITHOUT_DATABASE: [&str; 12] = [
    "completions",
    "config init",
    "config show",
    "database init",
    "database migrate",
    "database restore",
    "database status",
    "keys new",
    "man",
    "profiles lint",
    "roles show",
    "serve",
];

/// One line for each other command; files are in the folder of the test.
const LINES: &[&str] = &[
    "accounts create ann",
    "accounts disable ann",
    "accounts enable ann",
    "accounts list",
    "accounts reset-password ann",
    "approvals approve web1",
    "approvals list",
    "approvals reject web1",
    "audit export",
    "audit head",
    "audit list",
    "audit prune --before 400d --yes",
    "audit sinks",
    "audit verify",
    "database accept-restore --yes",
    "database backup out",
    "database copy --to sqlite:///nowhere/x.db",
    "directory group x",
    "directory test",
    "events",
    "firmware import x.efi",
    "firmware list",
    "hosts abandon web1",
    "hosts add web2 --mac 52:54:00:00:00:02 --address 10.0.2.16/24",
    "hosts approve 01900000-0000-7000-8000-000000000000 --name web3",
    "hosts cancel web1",
    "hosts export fleet-out.csv",
    "hosts hold web1",
    "hosts import fleet.csv --yes",
    "hosts list",
    "hosts list --discovered",
    "hosts mark web1 --yes",
    "hosts protect web1",
    "hosts release web1",
    "hosts relearn web1 --yes",
    "hosts remove web1 --yes",
    "hosts rename web1 web9",
    "hosts set web1 --label a=b",
    "hosts show web1",
    "hosts unprotect web1",
    "hosts withdraw web1",
    "images build --all --out out --server http://10.0.0.1:8080",
    "images build --host web1 --out out --server http://10.0.0.1:8080",
    "images revoke web1 --yes",
    "images rotate web1",
    "keys import keys.toml",
    "keys list",
    "keys reseal",
    "keys retire 01020304 --yes",
    "keys rotate --purpose image",
    "media add x.efi --name loose",
    "media import x.iso",
    "media list",
    "media remove loose",
    "media show loose",
    "media sync --from http://127.0.0.1:9",
    "media verify",
    "nics add web1 --mac 52:54:00:00:00:09 --address 10.0.3.15/24",
    "nics list web1",
    "nics remove web1 52:54:00:00:00:01",
    "nics set web1 52:54:00:00:00:01 --vlan 7",
    "policies list",
    "policies remove all",
    "policies set all --approval",
    "profiles apply own",
    "profiles diff own",
    "profiles export tiny out",
    "profiles list",
    "profiles preview --host web1",
    "profiles set tiny --var disk=/dev/sda",
    "profiles show tiny",
    "roles explain local/ann mark_hosts",
    "roles grant viewer --group corp/7",
    "roles list",
    "roles revoke 01900000-0000-7000-8000-000000000000",
];

/// The names of all commands that do something: `hosts mark`.
fn commands(command: &Command, before: &str, found: &mut BTreeSet<String>) {
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let name = format!("{before} {}", below.get_name()).trim().to_owned();
        if below.has_subcommands() {
            commands(below, &name, found);
        } else {
            found.insert(name);
        }
    }
}

fn session(folder: &Path, authorizer: Arc<dyn Authorizer>) -> Session {
    let layer = Layer { data_dir: Some(folder.join("data")), ..Layer::default() };
    let config = Config::load(None, layer, &Environment::default()).unwrap();
    let out = Output { json: true, times: Times::Utc, width: None };
    Session { config, out, authorizer: Some(authorizer) }
}

/// Runs a line; paths in it are in `folder`.
async fn run(folder: &Path, line: &str, authorizer: Arc<dyn Authorizer>) -> Result<(), CliError> {
    let file = |word: &str| {
        let names = ["x.efi", "x.iso", "fleet.csv", "fleet-out.csv", "keys.toml", "own", "out"];
        if names.contains(&word) {
            folder.join(word).display().to_string()
        } else {
            word.to_owned()
        }
    };
    let words = std::iter::once("ipxe-orch".to_owned()).chain(line.split(' ').map(file));
    let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
    Box::pin(dispatch(cli.command, session(folder, authorizer))).await
}

fn prepare(folder: &Path) {
    let fleet = "name,mac,address,profile\nweb1,52:54:00:00:00:01,10.0.2.15/24,tiny\n";
    fs::write(folder.join("fleet.csv"), fleet).unwrap();
    fs::write(folder.join("x.efi"), "x").unwrap();
    fs::write(folder.join("x.iso"), "x").unwrap();
    let ring = ipxe_orch_core::keys::KeyRing::default();
    ipxe_orch_backends::local::write_new_key_file(&folder.join("keys.toml"), &ring).unwrap();
    fs::create_dir(folder.join("own")).unwrap();
    let profile = "name = 'own'\ntitle = 'Own'\nscript = 'boot'\n";
    fs::write(folder.join("own/profile.toml"), profile).unwrap();
    fs::write(folder.join("own/boot"), "#!ipxe\nexit 0\n").unwrap();
}

async fn denials(folder: &Path) -> usize {
    let context = session(folder, Arc::new(OperatorAuthorizer)).open().await.unwrap();
    let caller: &Caller = &context.caller;
    let entries = context.runtime.orchestrator().audit(caller, None, 10_000).await.unwrap();
    let denied = |entry: AuditEntry| entry.outcome == AuditOutcome::Denied;
    entries.iter().filter(|e| denied(serde_json::from_str(&e.text).unwrap())).count()
}

#[tokio::test]
async fn every_command_is_denied_and_audited() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder);
    for line in ["database init", "hosts import fleet.csv --yes"] {
        Box::pin(run(folder, line, Arc::new(OperatorAuthorizer))).await.unwrap();
    }
    let mut all = BTreeSet::new();
    commands(&Cli::command(), "", &mut all);
    for name in &all {
        let listed = LINES.iter().any(|line| line.starts_with(name.as_str()));
        let apart = WITHOUT_DATABASE.contains(&name.as_str());
        assert!(listed || apart, "add a line for the command `{name}`, or say that it needs none");
    }
    let mut wrong = Vec::new();
    for line in LINES {
        let before = denials(folder).await;
        match Box::pin(run(folder, line, Arc::new(DenyAll))).await {
            Err(CliError::Failed(text)) if text.contains(" may not ") => {}
            other => wrong.push(format!("{line}: {other:?}")),
        }
        if denials(folder).await == before {
            wrong.push(format!("{line}: no entry in the audit"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
