//! `profiles set`

use super::super::{
    context::{Context, Session},
    error::{CliError, CliResult},
    output::note,
    secrets::{Secrets, joined, variable},
};
use crate::view::DefaultsView;
use clap::Args;
use ipxe_orch_core::{
    host::HostValue,
    lease::Phase,
    names::{ProfileName, SiteName, VariableName},
    orchestrator::DefaultsEdit,
    profile::{Defaults, DefaultsKey},
    stores::HostFilter,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch profiles set debian-13 --var mirror_host=mirror.example.test \\
      --secret root_password=@password.txt
  # At one site alone
  ipxe-orch profiles set debian-13 --site muc --var timezone=Europe/Berlin
  ipxe-orch profiles set debian-13 --site muc --unset timezone

A host's own value counts before that of its site, that before the profile's, and last the \
default of profile.toml. Marks and installs under way keep what they pinned.";

#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SetArgs {
    /// The name of the profile
    name: ProfileName,
    /// Only for hosts of this site
    #[arg(long, value_name = "NAME")]
    site: Option<SiteName>,
    /// The value of a variable; may be given again, also for the next value of a list
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    var: Vec<(VariableName, HostValue)>,
    #[command(flatten)]
    secrets: Secrets,
    /// Remove the value of a variable; may be given again
    #[arg(long, value_name = "NAME")]
    unset: Vec<VariableName>,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) async fn run(args: SetArgs, session: Session) -> CliResult {
    let mut edit = DefaultsEdit::default();
    edit.secrets = args.secrets.read()?.into_iter().collect();
    edit.set = joined(args.var)?;
    edit.unset = args.unset;
    edit.reason = args.reason;
    if edit.set.is_empty() && edit.secrets.is_empty() && edit.unset.is_empty() {
        let text = "nothing to set: give --var, --secret or --unset";
        return Err(CliError::Usage(text.to_owned()));
    }
    let context = session.open().await?;
    let place = DefaultsKey { profile: args.name, site: args.site };
    let values = context.orchestrator().set_defaults(&context.caller, &place, &edit).await?;
    tell(&context, &values).await
}

async fn tell(context: &Context, values: &Defaults) -> CliResult {
    if context.out.json {
        return context.out.json(&DefaultsView::from(values));
    }
    let DefaultsKey { profile, site } = &values.place;
    let mut filter = HostFilter::default();
    (filter.profile, filter.site) = (Some(profile.clone()), site.clone());
    let hosts = context.hosts(filter).await?;
    let text =
        format!("the values of {} are set: they hold for {} hosts", values.place, hosts.len());
    context.out.line(text)?;
    let marked = |phase| matches!(phase, Phase::Marked | Phase::Offered);
    let marked = hosts.iter().filter(|host| marked(host.lease.phase())).count();
    if marked > 0 {
        note(format_args!(
            "{marked} of them are marked, and install what was said before: cancel and mark again to change that"
        ));
    }
    Ok(())
}
