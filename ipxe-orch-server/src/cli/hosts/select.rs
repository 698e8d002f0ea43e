//! Which hosts a command is for: by name, or by what they have in common.

use super::{
    super::{
        context::Context,
        error::{CliError, CliResult},
    },
    fields,
};
use clap::Args;
use ipxe_orch_core::{
    names::{HostName, LabelKey, LabelValue, ProfileName, SiteName},
    stores::{HostFilter, HostRecord},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct SelectArgs {
    /// The names of the hosts
    #[arg(value_name = "NAME")]
    names: Vec<HostName>,
    /// All hosts of this site
    #[arg(long, value_name = "NAME", conflicts_with = "names")]
    site: Option<SiteName>,
    /// All hosts with this profile
    #[arg(long, value_name = "NAME", conflicts_with = "names")]
    profile: Option<ProfileName>,
    /// All hosts with this label; given again, those with all of these labels
    #[arg(long, value_name = "KEY=VALUE", value_parser = fields::label, conflicts_with = "names")]
    label: Vec<(LabelKey, LabelValue)>,
}

impl SelectArgs {
    /// Whether exactly one host is named: whoever names it means it.
    pub(crate) const fn is_one(&self) -> bool {
        self.names.len() == 1
    }

    /// The hosts, in the order in which they were named, else in that of their names.
    pub(in crate::cli) async fn hosts(&self, context: &Context) -> CliResult<Vec<HostRecord>> {
        if !self.names.is_empty() {
            let mut hosts = Vec::new();
            for name in &self.names {
                hosts.push(context.host(name).await?);
            }
            return Ok(hosts);
        }
        let mut filter = HostFilter::default();
        filter.site.clone_from(&self.site);
        filter.profile.clone_from(&self.profile);
        filter.labels = self.label.iter().cloned().collect();
        if self.site.is_none() && self.profile.is_none() && self.label.is_empty() {
            let text = "say which hosts: by name, --site, --profile or --label";
            return Err(CliError::Usage(text.to_owned()));
        }
        let hosts = context.hosts(filter).await?;
        if hosts.is_empty() {
            return Err(CliError::Failed(
                "no host is of that kind: nothing was changed".to_owned(),
            ));
        }
        Ok(hosts)
    }
}
