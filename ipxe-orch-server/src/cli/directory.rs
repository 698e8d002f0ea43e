//! `directory …`

use super::{
    context::{Context, Session},
    error::{CliError, CliResult, failed},
    output::{Table, note_none},
};
use clap::{Args, Subcommand};
use ipxe_orch_backends::ldap::{Directory, DirectoryTest};
use ipxe_orch_core::{
    auth::{Authenticator as _, ManageAccess, SignInError},
    names::RealmName,
};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  # Which controllers answer, with which certificates
  ipxe-orch directory test
  # What is found of a person, and the groups
  ipxe-orch directory test ann
  # The id of a group, to give it a role
  ipxe-orch directory group Operators

Directories are tables [[directory]] of the configuration file: see docs/DIRECTORY.md.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum DirectoryCommand {
    /// Ask all controllers, and look at a person
    Test(TestArgs),
    /// Look for a group by its name
    Group(GroupArgs),
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// The name of a person, as it is typed at the login
    user: Option<String>,
    /// Only this directory
    #[arg(long, value_name = "NAME")]
    realm: Option<RealmName>,
}

#[derive(Debug, Args)]
pub(super) struct GroupArgs {
    /// The name of the group
    name: String,
    /// Only this directory
    #[arg(long, value_name = "NAME")]
    realm: Option<RealmName>,
}

pub(super) async fn run(command: DirectoryCommand, session: Session) -> CliResult {
    let context = session.open().await?;
    match command {
        DirectoryCommand::Test(args) => test(&args, &context).await,
        DirectoryCommand::Group(args) => group(&args, &context).await,
    }
}

/// The directories of the settings, or the one that was named.
async fn wanted(context: &Context, realm: Option<&RealmName>) -> CliResult<Vec<Arc<Directory>>> {
    context.authorize::<ManageAccess>("directory.test").await?;
    let mut all = context.runtime.directories()?;
    all.retain(|directory| realm.is_none_or(|realm| directory.realm() == realm));
    match (all.is_empty(), realm) {
        (false, _) => Ok(all),
        (true, Some(realm)) => failed(format!("there is no directory {realm} in the settings")),
        (true, None) => failed(
            "there is no directory in the settings: add a table [[directory]] to the configuration \
             file (docs/DIRECTORY.md)",
        ),
    }
}

async fn test(args: &TestArgs, context: &Context) -> CliResult {
    let mut tests = Vec::new();
    for directory in wanted(context, args.realm.as_ref()).await? {
        tests.push(directory.test(args.user.as_deref()).await);
    }
    if context.out.json {
        context.out.json(&tests)?;
    } else {
        for test in &tests {
            context.out.line(format_args!("{}", test.to_string().trim_end()))?;
        }
    }
    let works = |test: &DirectoryTest| test.controllers.iter().any(|it| it.problem.is_none());
    if tests.iter().all(works) { Ok(()) } else { Err(CliError::Shown) }
}

async fn group(args: &GroupArgs, context: &Context) -> CliResult {
    let mut groups = Vec::new();
    for directory in wanted(context, args.realm.as_ref()).await? {
        let found = directory.group(&args.name).await;
        groups.extend(found.map_err(|error: SignInError| CliError::Failed(error.to_string()))?);
    }
    if groups.is_empty() {
        note_none("group", true);
    }
    context.out.show(&groups, || {
        let mut table = Table::new(&["ID", "NAME"]);
        for group in &groups {
            table.row([group.id.to_string(), group.name.clone()]);
        }
        table
    })
}
