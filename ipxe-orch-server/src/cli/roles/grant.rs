//! `roles grant`

use super::{
    super::{
        context::Context,
        error::{CliError, CliResult},
        hosts::ScopeArgs,
        output::parse_time,
    },
    text,
};
use crate::view::BindingView;
use clap::Args;
use ipxe_orch_core::{
    access_control::{AccessControl, NewBinding},
    auth::{Group, GroupId, Principal, Role},
};

#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    /// The role, as `roles show` names it
    role: Role,
    /// The name of a local account, REALM/NAME, or an id
    #[arg(
        long,
        value_name = "PERSON",
        required_unless_present = "group",
        conflicts_with = "group"
    )]
    person: Option<String>,
    /// The id of a group, REALM/SID; may be given again: who is in all of them gets the role
    #[arg(long, value_name = "ID")]
    group: Vec<GroupId>,
    /// The name of the group, which is only shown; as often as --group
    #[arg(long, value_name = "NAME", requires = "group")]
    group_name: Vec<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Until this time, or for this long, such as 8h
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The ticket or change number of another system
    #[arg(long, value_name = "TEXT")]
    change_ref: Option<String>,
}

pub(super) async fn run(args: GrantArgs, context: &Context, access: &AccessControl) -> CliResult {
    let until = args.until.as_ref().map(|text| parse_time(text, context.now(), true));
    let expires_at = until.transpose().map_err(CliError::Usage)?;
    let who = args.who(context, access).await?;
    let GrantArgs { role, scope, reason, change_ref, .. } = args;
    let new = NewBinding { who, role, hosts: scope.into(), expires_at, reason, change_ref };
    let binding = access.bind(&context.caller, new).await?;
    if context.out.json {
        return context.out.json(&BindingView::from(&binding));
    }
    let (who, hosts) = (text::who(&binding.who), text::hosts(&binding.hosts));
    context.out.line(format_args!("{who} is {role} of hosts: {hosts} ({})", binding.id))
}

impl GrantArgs {
    async fn who(&self, context: &Context, access: &AccessControl) -> CliResult<Principal> {
        if let Some(person) = &self.person {
            let id = text::person(person, context, access).await?;
            let name = person.rsplit('/').next().unwrap_or(person).to_owned();
            return Ok(Principal::Person { id, name });
        }
        let name = |index: usize, id: &GroupId| {
            self.group_name.get(index).cloned().unwrap_or_else(|| id.key().to_owned())
        };
        let groups = self.group.iter().enumerate();
        let groups = groups.map(|(index, id)| Group { id: id.clone(), name: name(index, id) });
        Ok(Principal::Groups(groups.collect()))
    }
}
