//! The script in a boot image: find the card, set its address, ask the servers, and boot the
//! local disk at the end of every path.

use super::{ImageIdentity, ServerUrl};
use crate::host::{HostSpec, LoaderPath, LocalBoot, Nic};
use std::{
    fmt::{self, Write as _},
    time::Duration,
};

/// UEFI loaders that an image looks for on any disk, after the host's own.
pub const KNOWN_LOADERS: &[&str] = &[
    r"\EFI\Microsoft\Boot\bootmgfw.efi",
    r"\EFI\redhat\shimx64.efi",
    r"\EFI\rocky\shimx64.efi",
    r"\EFI\almalinux\shimx64.efi",
    r"\EFI\centos\shimx64.efi",
    r"\EFI\fedora\shimx64.efi",
    r"\EFI\ubuntu\shimx64.efi",
    r"\EFI\debian\shimx64.efi",
    r"\EFI\opensuse\shim.efi",
    r"\EFI\sles\shim.efi",
    r"\EFI\debian\grubx64.efi",
    r"\EFI\tiny\tinyx64.efi",
];

/// Most servers of one image.
pub const MAX_SERVERS: usize = 3;

/// What an image is made of, beside firmware.
#[derive(Clone, Debug)]
pub struct ImageScript<'a> {
    /// Who it says that it is.
    pub identity: &'a ImageIdentity,
    /// Cards, local boot.
    pub host: &'a HostSpec,
    /// Servers in the order in which they are asked; 1 to 3.
    pub servers: &'a [ServerUrl],
    /// Loaders of the profiles that this installation has; the host's own first.
    pub loaders: &'a [LoaderPath],
}

/// Why there is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageScriptError {
    /// Too few or too many servers.
    #[error("{0} servers: an image asks 1 to {MAX_SERVERS}")]
    Servers(usize),
    /// No card to ask through.
    #[error("the host has no NIC")]
    NoNic,
}

/// How long an image asks before it boots the local disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For the link of each card.
    pub link: Duration,
    /// How often all servers are asked.
    pub rounds: u32,
    /// For the canary of one server.
    pub canary: Duration,
    /// For the script of one server.
    pub script: Duration,
    /// Between two rounds.
    pub pause: Duration,
    servers: u32,
}

/// From link-up to the decision for the local disk, with every server dead.
const BUDGET: Duration = Duration::from_secs(20);

/// The part of it that no time-out is given: iPXE notices each a little late, later still when a
/// server keeps it busy, and takes time of its own between requests.
const SPARE: Duration = Duration::from_secs(2);

impl Timing {
    /// For this many servers; 1 to 3.
    pub fn new(servers: usize) -> Self {
        let servers = u32::try_from(servers.clamp(1, MAX_SERVERS)).unwrap_or(1);
        let (link, pause) = (Duration::from_secs(15), Duration::from_secs(2));
        let rounds = if servers > 2 { 1 } else { 2 };
        let asking = BUDGET.saturating_sub(SPARE + pause * (rounds - 1));
        let each = asking / (servers * rounds);
        let canary = whole_millis(each / 3);
        Self {
            link,
            rounds,
            canary,
            script: whole_millis(each).saturating_sub(canary),
            pause,
            servers,
        }
    }

    /// The longest time from link-up to the decision for the local disk.
    pub fn worst_case(&self) -> Duration {
        let each = self.canary + self.script;
        each * (self.servers * self.rounds) + self.pause * (self.rounds - 1) + SPARE
    }
}

fn whole_millis(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// The script. It is the same bytes for the same input.
///
/// # Errors
/// [`ImageScriptError`] for a host without cards, or too few or too many servers.
pub fn image_script(image: &ImageScript<'_>) -> Result<String, ImageScriptError> {
    if image.servers.is_empty() || image.servers.len() > MAX_SERVERS {
        return Err(ImageScriptError::Servers(image.servers.len()));
    }
    if image.host.nics.is_empty() {
        return Err(ImageScriptError::NoNic);
    }
    let mut text = Script(String::with_capacity(4096));
    head(&mut text, image);
    for (index, nic) in image.host.nics.iter().enumerate() {
        card(&mut text, index, nic);
    }
    text.line(format_args!(":nic{}", image.host.nics.len()));
    text.line("goto local");
    ask(&mut text, Timing::new(image.servers.len()));
    local(&mut text, image);
    Ok(text.0)
}

struct Script(String);

impl Script {
    fn line(&mut self, line: impl fmt::Display) {
        // Writing to a string cannot fail.
        writeln!(self.0, "{line}").ok();
    }

    fn lines(&mut self, lines: &str) {
        lines.lines().for_each(|line| self.line(line.trim_start()));
    }
}

fn head(text: &mut Script, image: &ImageScript<'_>) {
    let ImageIdentity { host, generation, key, secret } = image.identity;
    text.line("#!ipxe");
    text.line(format_args!("# ipxe-orch boot image v1 of {}; generated", image.host.name));
    text.line(format_args!("set orch-query h={host}&g={generation}&k={key}&t={}&u=${{uuid}}&s=${{serial:uristring}}&f=${{platform}}&a=${{buildarch}}", *secret.reveal()));
    for (index, server) in image.servers.iter().enumerate() {
        text.line(format_args!("set orch-server{index} {server}"));
    }
    text.line("clear orch-answer ||");
    text.line("set orch-nic:int32 0");
    text.line("goto nic0");
}

/// Finds one card by its MAC address and configures it.
fn card(text: &mut Script, index: usize, nic: &Nic) {
    text.line(format_args!(":nic{index}"));
    text.line(format_args!("set orch-mac {}", nic.mac));
    text.line("set idx:int32 0");
    text.line(format_args!(":scan{index}"));
    text.line("isset ${net${idx}/mac} || goto next_nic");
    text.line(format_args!("iseq ${{net${{idx}}/mac}} ${{orch-mac}} && goto found{index} ||"));
    text.line("inc idx");
    text.line(format_args!("goto scan{index}"));
    text.line(format_args!(":found{index}"));
    text.line("set orch-dev net${idx}");
    if let Some(vlan) = nic.vlan {
        text.line(format_args!("vcreate --tag {vlan} ${{orch-dev}} || goto next_nic"));
        text.line(format_args!("set orch-dev net${{idx}}-{vlan}"));
    }
    addresses(text, nic);
    text.line("goto link");
}

fn addresses(text: &mut Script, nic: &Nic) {
    if let Some(v4) = &nic.v4 {
        text.line(format_args!("set ${{orch-dev}}/ip {}", v4.address.addr()));
        text.line(format_args!("set ${{orch-dev}}/netmask {}", v4.address.netmask()));
        if let Some(gateway) = v4.gateway {
            text.line(format_args!("set ${{orch-dev}}/gateway {gateway}"));
        }
    }
    if let Some(v6) = &nic.v6 {
        text.line(format_args!("set ${{orch-dev}}/ip6 {}", v6.address.addr()));
        text.line(format_args!("set ${{orch-dev}}/len6 {}", v6.address.prefix_len()));
        if let Some(gateway) = v6.gateway {
            text.line(format_args!("set ${{orch-dev}}/gateway6 {gateway}"));
        }
    }
    let v4 = nic.dns.iter().find(|address| address.is_ipv4());
    let v6 = nic.dns.iter().find(|address| address.is_ipv6());
    for (setting, address) in [("dns", v4), ("dns6", v6)] {
        if let Some(address) = address {
            text.line(format_args!("set {setting} {address}"));
        }
    }
}

/// Asks each server; a script that it answers with is the last word, whatever becomes of it.
fn ask(text: &mut Script, timing: Timing) {
    text.lines(
        ":link
        ifopen ${orch-dev} || goto next_nic",
    );
    text.line(format_args!(
        "iflinkwait --timeout {} ${{orch-dev}} || goto next_nic",
        timing.link.as_millis()
    ));
    text.lines(
        "set orch-round:int32 0
        :round
        set orch-n:int32 0
        :server
        isset ${orch-server${orch-n}} || goto end_of_round",
    );
    // Our server answers 404. A portal that answers 200 to everything is not asked: BIOS iPXE
    // would run its HTML and hang.
    text.line(format_args!(
        "imgfetch --name canary --timeout {} ${{orch-server${{orch-n}}}}/boot/v1/canary && goto portal ||",
        timing.canary.as_millis()
    ));
    text.line(format_args!(
        "chain --autofree --timeout {} ${{orch-server${{orch-n}}}}/boot/v1/script?${{orch-query}}&m=${{orch-mac}} && goto local ||",
        timing.script.as_millis()
    ));
    text.lines(
        "isset ${orch-answer} && goto local ||
        :next_server
        inc orch-n
        goto server
        :portal
        echo ipxe-orch: ${orch-server${orch-n}} is no repository server
        imgfree canary ||
        goto next_server
        :end_of_round
        inc orch-round",
    );
    text.line(format_args!("iseq ${{orch-round}} {} && goto next_nic ||", timing.rounds));
    text.line(format_args!("sleep {} ||", timing.pause.as_secs()));
    text.lines(
        "goto round
        :next_nic
        isset ${orch-dev} && ifclose ${orch-dev} ||
        clear orch-dev ||
        inc orch-nic
        goto nic${orch-nic}",
    );
}

/// `sanunhook` first: a hooked SAN drive would be booted as the local disk.
fn local(text: &mut Script, image: &ImageScript<'_>) {
    text.lines(
        ":local
        echo ipxe-orch: booting the local disk
        sanunhook ||
        imgfree ||",
    );
    if image.host.local_boot == LocalBoot::NextEntry {
        text.lines(
            "iseq ${platform} efi && exit 1 ||
            exit",
        );
        return;
    }
    let drive = if let LocalBoot::Drive(drive) = image.host.local_boot { drive } else { 0x80 };
    text.line("iseq ${platform} efi && goto local_efi ||");
    text.line(format_args!("sanboot --no-describe --drive {drive:#04x} ||"));
    text.line("exit");
    text.line(":local_efi");
    let own = match &image.host.local_boot {
        LocalBoot::Loader(path) => Some(path.as_str()),
        _ => None,
    };
    let mut loaders: Vec<&str> = Vec::new();
    let all = own.into_iter().chain(image.loaders.iter().map(LoaderPath::as_str));
    for loader in all.chain(KNOWN_LOADERS.iter().copied()) {
        if !loaders.contains(&loader) {
            loaders.push(loader);
        }
    }
    for loader in loaders {
        text.line(format_args!("sanboot --no-describe --drive 0 --filename {loader} ||"));
    }
    text.line("exit 1");
}

#[cfg(test)]
mod tests;
