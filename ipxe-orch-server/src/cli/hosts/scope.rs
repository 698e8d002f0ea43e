//! For which hosts a role or a policy holds.

use super::fields::label;
use clap::Args;
use ipxe_orch_core::{
    auth::Hosts,
    names::{LabelKey, LabelValue, SiteName},
};

#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    /// Only for hosts of this site
    #[arg(long, value_name = "NAME", conflicts_with = "label")]
    site: Option<SiteName>,
    /// Only for hosts with this label; may be given again
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    label: Vec<(LabelKey, LabelValue)>,
}

impl From<ScopeArgs> for Hosts {
    fn from(ScopeArgs { site, label }: ScopeArgs) -> Self {
        match site {
            Some(site) => Self::Site(site),
            None if label.is_empty() => Self::All,
            None => Self::Labels(label.into_iter().collect()),
        }
    }
}
