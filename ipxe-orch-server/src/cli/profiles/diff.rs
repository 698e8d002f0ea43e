//! `profiles diff`

use super::{
    super::{
        context::{Context, Session},
        error::{CliResult, with_causes},
    },
    read, short,
};
use crate::view::{DiffGroupView, DiffView};
use clap::Args;
use ipxe_orch_core::{
    names::HostName,
    orchestrator::PreviewFile,
    profile::ProfileVersion,
    stores::{HostFilter, HostRecord},
};
use similar::{ChangeTag, TextDiff};
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The folder of a profile, or a folder with such folders
    folder: PathBuf,
}

/// What changes, and for which hosts.
type Groups = BTreeMap<String, Vec<HostName>>;

pub(super) async fn run(args: &DiffArgs, session: Session) -> CliResult {
    let versions = read(&args.folder)?;
    let context = session.open().await?;
    let mut views = Vec::new();
    for version in &versions {
        let groups = groups(&context, version).await?;
        if !context.out.json {
            show(&context, version, &groups)?;
        }
        views.push(view(version, groups));
    }
    if context.out.json { context.out.json(&views) } else { Ok(()) }
}

async fn groups(context: &Context, version: &ProfileVersion) -> CliResult<Groups> {
    let name = &version.profile().name;
    let mut groups = Groups::new();
    let current = context.profile(name).await?;
    if current.as_ref().is_some_and(|current| current.digest() == version.digest()) {
        return Ok(groups);
    }
    let mut filter = HostFilter::default();
    filter.profile = Some(name.clone());
    for host in context.hosts(filter).await? {
        let after = texts(context, &host, version).await;
        let before = match &current {
            Some(current) => texts(context, &host, current).await,
            None => Vec::new(),
        };
        let change = change(&before, &after);
        if !change.is_empty() {
            groups.entry(change).or_default().push(host.spec.name);
        }
    }
    Ok(groups)
}

/// The texts of a host; why there are none is such a text, too.
async fn texts(context: &Context, host: &HostRecord, version: &ProfileVersion) -> Vec<PreviewFile> {
    match context.orchestrator().preview_with(&context.caller, host, version).await {
        Ok(files) => files,
        Err(error) => vec![PreviewFile {
            name: "cannot be installed".to_owned(),
            text: with_causes(&error) + "\n",
        }],
    }
}

/// Lines that go and come, by file; lines that stay are left out, so that hosts which differ in
/// them are told of together.
fn change(before: &[PreviewFile], after: &[PreviewFile]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for file in before.iter().chain(after) {
        if !names.contains(&file.name.as_str()) {
            names.push(&file.name);
        }
    }
    let mut text = String::new();
    for name in names {
        let of = |files: &[PreviewFile]| {
            let file = files.iter().find(|file| file.name == name);
            file.map(|file| file.text.clone()).unwrap_or_default()
        };
        let (old, new) = (of(before), of(after));
        let diff = TextDiff::from_lines(&old, &new);
        let lines: String = diff
            .iter_all_changes()
            .filter_map(|change| {
                let sign = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => return None,
                };
                Some(format!("{sign}{}\n", change.value().trim_end_matches('\n')))
            })
            .collect();
        if !lines.is_empty() {
            text = format!("{text}{name}\n{lines}");
        }
    }
    text
}

fn show(context: &Context, version: &ProfileVersion, groups: &Groups) -> CliResult {
    let name = &version.profile().name;
    if groups.is_empty() {
        return context.out.line(format_args!("{name}: nothing changes for any host"));
    }
    for (change, hosts) in groups {
        let count =
            if hosts.len() == 1 { "1 host".to_owned() } else { format!("{} hosts", hosts.len()) };
        let hosts: Vec<_> = hosts.iter().map(HostName::as_str).collect();
        context.out.line(format_args!(
            "{name}, version {}: {count}: {}",
            short(version),
            hosts.join(", ")
        ))?;
        context.out.text(change)?;
    }
    Ok(())
}

fn view(version: &ProfileVersion, groups: Groups) -> DiffView {
    let group = |(change, hosts)| DiffGroupView { hosts, change };
    DiffView {
        profile: version.profile().name.clone(),
        version: version.digest(),
        groups: groups.into_iter().map(group).collect(),
    }
}
