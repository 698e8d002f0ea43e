//! What is said of a host, as options.

use super::super::{
    error::{CliError, CliResult, failed},
    secrets::{joined, variable},
};
use clap::Args;
use ipxe_orch_core::{
    host::{
        Bond, HostSpec, HostValue, LocalBoot, Mac, Mtu, Nic, Route, Serial, StaticV4, StaticV6,
        VlanId, parse_net,
    },
    names::{LabelKey, LabelValue, ProfileName, SiteName, VariableName},
};
use std::{
    fmt::Display,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Options about the network of a NIC.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Network")]
pub(in crate::cli) struct NetworkFields {
    /// IPv4 address with its prefix length, such as 10.0.2.15/24
    #[arg(long, value_name = "ADDRESS/LENGTH")]
    address: Option<String>,
    /// IPv4 router, inside the prefix; any address with a prefix length of 32
    #[arg(long, value_name = "ADDRESS")]
    gateway: Option<Ipv4Addr>,
    /// IPv6 address with its prefix length, such as `fd00::15/64`
    #[arg(long, value_name = "ADDRESS/LENGTH")]
    address6: Option<String>,
    /// IPv6 router, inside the prefix or link-local; any address with a prefix length of 128
    #[arg(long, value_name = "ADDRESS")]
    gateway6: Option<Ipv6Addr>,
    /// Name servers, at most 3, joined by commas
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    dns: Vec<IpAddr>,
    /// VLAN tag of all frames, 1 to 4094
    #[arg(long, value_name = "NUMBER")]
    vlan: Option<VlanId>,
    /// Longest packet of the installed system, 576 to 9216 bytes; 1280 or more with IPv6
    #[arg(long, value_name = "BYTES")]
    mtu: Option<Mtu>,
    /// A static route of the installed system, such as 10.1.0.0/16=10.0.2.2; may be given again.
    /// Replaces all routes that the host had
    #[arg(long, value_name = "DESTINATION=ROUTER")]
    route: Vec<Route>,
}

/// Options of `hosts add` and `hosts set` about the host itself.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Host")]
pub(super) struct HostFields {
    /// The profile that a mark installs
    #[arg(long, value_name = "NAME")]
    profile: Option<ProfileName>,
    /// The site where the host stands; addresses are unique within a site
    #[arg(long, value_name = "NAME")]
    site: Option<SiteName>,
    /// SMBIOS system UUID; checked at boot
    #[arg(long)]
    uuid: Option<String>,
    /// SMBIOS serial number; checked at boot
    #[arg(long)]
    serial: Option<Serial>,
    /// A label; may be given again
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    label: Vec<(LabelKey, LabelValue)>,
    /// How the host boots its own disk: auto, search, next-entry, loader:\EFI\debian\shimx64.efi
    /// (UEFI), or drive:0x81 (BIOS)
    #[arg(long, value_name = "HOW")]
    local_boot: Option<LocalBoot>,
    /// A bond of NICs in the installed system, such as 802.3ad=MAC+MAC or
    /// active-backup@VLAN=MAC+MAC; it has the addresses of its first NIC. May be given again.
    /// Replaces all bonds that the host had
    #[arg(long, value_name = "MODE=MAC+MAC")]
    bond: Vec<Bond>,
    /// The value of a variable of its profile; may be given again, also for the next value of a list
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    var: Vec<(VariableName, HostValue)>,
}

impl NetworkFields {
    /// Whether any of these options is given.
    pub(in crate::cli) const fn any(&self) -> bool {
        self.address.is_some()
            || self.gateway.is_some()
            || self.address6.is_some()
            || self.gateway6.is_some()
            || !self.dns.is_empty()
            || self.vlan.is_some()
            || self.mtu.is_some()
            || !self.route.is_empty()
    }

    pub(in crate::cli) fn apply(&self, nic: &mut Nic) -> CliResult {
        if let Some(text) = &self.address {
            let address = with_prefix(text, "10.0.2.15/24")?;
            let gateway = nic.v4.as_ref().and_then(|v4| v4.gateway);
            nic.v4 = Some(StaticV4 { address, gateway });
        }
        if let Some(text) = &self.address6 {
            let address = with_prefix(text, "fd00::15/64")?;
            let gateway = nic.v6.as_ref().and_then(|v6| v6.gateway);
            nic.v6 = Some(StaticV6 { address, gateway });
        }
        if let Some(gateway) = self.gateway {
            let Some(v4) = &mut nic.v4 else { return without_address("--gateway", "--address") };
            v4.gateway = Some(gateway);
        }
        if let Some(gateway) = self.gateway6 {
            let Some(v6) = &mut nic.v6 else { return without_address("--gateway6", "--address6") };
            v6.gateway = Some(gateway);
        }
        if !self.dns.is_empty() {
            nic.dns.clone_from(&self.dns);
        }
        nic.vlan = self.vlan.or(nic.vlan);
        nic.mtu = self.mtu.or(nic.mtu);
        if !self.route.is_empty() {
            nic.routes.clone_from(&self.route);
        }
        Ok(())
    }
}

impl HostFields {
    pub(super) fn apply(self, spec: &mut HostSpec) -> CliResult {
        spec.profile = self.profile.or_else(|| spec.profile.take());
        spec.site = self.site.or_else(|| spec.site.take());
        spec.serial = self.serial.or_else(|| spec.serial.take());
        if let Some(text) = self.uuid {
            let error =
                |_| CliError::Usage(format!("`{}` is no UUID", ipxe_orch_core::text::shown(&text)));
            spec.uuid = Some(text.parse().map_err(error)?);
        }
        spec.labels.extend(self.label);
        if let Some(local_boot) = self.local_boot {
            spec.local_boot = local_boot;
        }
        if !self.bond.is_empty() {
            spec.bonds = self.bond;
        }
        spec.values.extend(joined(self.var)?);
        Ok(())
    }
}

fn with_prefix<T: FromStr + Display>(text: &str, example: &str) -> CliResult<T> {
    parse_net(text).map_err(|why| {
        let text = ipxe_orch_core::text::shown(text);
        CliError::Usage(format!("`{text}`: {why}; write it as {example}"))
    })
}

fn without_address(option: &str, needs: &str) -> CliResult {
    failed(format!("{option} needs an address on the same NIC: give {needs}, too"))
}

/// `KEY=VALUE`.
pub(crate) fn label(text: &str) -> Result<(LabelKey, LabelValue), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((parse(key)?, parse(value)?))
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// The NIC to change: the only one, or the one that is named.
pub(super) fn choose(spec: &mut HostSpec, wanted: Option<Mac>) -> CliResult<&mut Nic> {
    let name = spec.name.clone();
    let macs: Vec<_> = spec.nics.iter().map(|nic| nic.mac.to_string()).collect();
    let found = match wanted {
        Some(mac) => spec.nics.iter_mut().find(|nic| nic.mac == mac),
        None if macs.len() > 1 => None,
        None => spec.nics.first_mut(),
    };
    found.ok_or_else(|| {
        let macs = macs.join(", ");
        CliError::Failed(format!("say which NIC of host {name} is meant: --nic with one of {macs}"))
    })
}
