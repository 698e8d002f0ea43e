//! What is no longer said of a NIC, as options.

use clap::Args;
use ipxe_orch_core::host::Nic;

/// Options of `hosts set` and `nics set` that remove a value.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "No longer say of the network")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(in crate::cli) struct ClearNetwork {
    /// Remove the IPv4 address and its router
    #[arg(long, conflicts_with_all = ["address", "gateway"])]
    no_address: bool,
    /// Remove the IPv4 router
    #[arg(long, conflicts_with = "gateway")]
    no_gateway: bool,
    /// Remove the IPv6 address and its router
    #[arg(long, conflicts_with_all = ["address6", "gateway6"])]
    no_address6: bool,
    /// Remove the IPv6 router
    #[arg(long, conflicts_with = "gateway6")]
    no_gateway6: bool,
    /// Remove the name servers
    #[arg(long, conflicts_with = "dns")]
    no_dns: bool,
    /// Remove the VLAN tag
    #[arg(long, conflicts_with = "vlan")]
    no_vlan: bool,
    /// Remove the MTU
    #[arg(long, conflicts_with = "mtu")]
    no_mtu: bool,
    /// Remove the static routes
    #[arg(long, conflicts_with = "route")]
    no_routes: bool,
}

impl ClearNetwork {
    /// Whether anything is removed.
    pub(in crate::cli) const fn any(&self) -> bool {
        self.no_address
            || self.no_gateway
            || self.no_address6
            || self.no_gateway6
            || self.no_dns
            || self.no_vlan
            || self.no_mtu
            || self.no_routes
    }

    pub(in crate::cli) fn apply(&self, nic: &mut Nic) {
        if let Some(v4) = nic.v4.as_mut().filter(|_| self.no_gateway) {
            v4.gateway = None;
        }
        if let Some(v6) = nic.v6.as_mut().filter(|_| self.no_gateway6) {
            v6.gateway = None;
        }
        nic.v4.take_if(|_| self.no_address);
        nic.v6.take_if(|_| self.no_address6);
        nic.vlan.take_if(|_| self.no_vlan);
        nic.mtu.take_if(|_| self.no_mtu);
        if self.no_routes {
            nic.routes.clear();
        }
        if self.no_dns {
            nic.dns.clear();
        }
    }
}
