//! Commands on network devices: `hci/commands/ifmgmt_cmd.c`, `usr/ifmgmt.c`,
//! `hci/commands/vlan_cmd.c`.

use super::{
    Ending, World,
    machine::{Did, Machine},
};
use crate::script::{
    commands::Call,
    kind::Kind,
    name::SettingName,
    number::number,
    settings::{Given, Value},
};

/// How long iPXE waits for a link before DHCP, in milliseconds.
const LINK: u32 = 15_000;

/// How long it takes until iPXE notices a link, in milliseconds.
const SEEN: u32 = 100;

#[derive(Clone, Debug)]
struct Device {
    name: String,
    mac: String,
    link: bool,
    dhcp: bool,
    /// Of several open devices, the one that was opened last has the largest number.
    open: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Devices {
    all: Vec<Device>,
    opened: usize,
}

impl Devices {
    pub(super) fn new(world: &World) -> Self {
        let device = |(index, nic): (usize, &super::Nic)| Device {
            name: format!("net{index}"),
            mac: nic.mac.clone(),
            link: nic.link,
            dhcp: nic.dhcp,
            open: None,
        };
        Self { all: world.nics.iter().enumerate().map(device).collect(), opened: 0 }
    }

    /// Whether the machine has the device.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all.iter().any(|device| device.name == name)
    }

    /// The name of the open device that was opened last (`last_opened_netdev()`).
    pub(super) fn last_opened(&self) -> Option<&str> {
        let open = self.all.iter().filter(|device| device.open.is_some());
        open.max_by_key(|device| device.open).map(|device| device.name.as_str())
    }

    /// Opens or closes a device.
    fn set_open(&mut self, name: &str, open: bool) {
        self.opened += 1;
        let opened = self.opened;
        if let Some(device) = self.get(name) {
            device.open = open.then(|| device.open.unwrap_or(opened));
        }
    }

    /// A property of the named device, or of the first one if the name has no device. Where a device
    /// is on its bus is not simulated.
    pub(super) fn property(&self, name: &SettingName) -> Option<Value> {
        let named = |device: &&Device| name.scope.is_empty() || device.name == name.scope;
        let device = self.all.iter().find(named)?;
        Some(match name.name.as_str() {
            "mac" | "hwaddr" => Value::Known(Kind::Hex, Kind::Hex.parse(&device.mac)?),
            "ifname" => Value::text(&device.name),
            "linktype" => Value::text("Ethernet"),
            "bustype" => Value::text("PCI"),
            _ => return None,
        })
    }

    /// The names of the devices that are open and have a link.
    pub(super) fn up(&self) -> impl Iterator<Item = &str> {
        self.all
            .iter()
            .filter(|device| device.open.is_some() && device.link)
            .map(|device| device.name.as_str())
    }

    fn get(&mut self, name: &str) -> Option<&mut Device> {
        self.all.iter_mut().find(|device| device.name == name)
    }
}

/// Runs a command on network devices; `None` for any other command.
pub(super) fn run(machine: &mut Machine<'_>, call: &Call<'_>) -> Option<Did> {
    let first = matches!(call.spec.name, "iflinkwait" | "ifconf" | "dhcp");
    match call.spec.name {
        "ifconf" | "dhcp" if !is_configurator(call) => return Some(Did::Status(false)),
        "ifopen" | "ifclose" | "ifstat" | "iflinkwait" | "ifconf" | "dhcp" => {}
        "vcreate" => return Some(Did::Status(vcreate(machine, call))),
        "vdestroy" => return Some(Did::Status(vdestroy(machine, call))),
        "ping" => return Some(Did::Status(is_online(machine))),
        _ => return None,
    }
    let names: Vec<String> = if call.operands.is_empty() {
        machine.outside.devices.all.iter().map(|device| device.name.clone()).collect()
    } else {
        let outside = &machine.outside;
        call.operands.iter().map(|name| outside.device(name).to_owned()).collect()
    };
    let mut status = false;
    for name in names {
        status = match on_device(machine, call, &name) {
            Ok(status) => status,
            Err(ending) => return Some(Did::Ends(ending)),
        };
        if status && first {
            break;
        }
    }
    Some(Did::Status(status))
}

fn on_device(machine: &mut Machine<'_>, call: &Call<'_>, name: &str) -> Result<bool, Ending> {
    let Some(device) = machine.outside.devices.get(name) else { return Ok(false) };
    let (link, dhcp) = (device.link, device.dhcp);
    match call.spec.name {
        "ifstat" => {}
        own => machine.outside.devices.set_open(name, own != "ifclose"),
    }
    let wait = match (call.spec.name, link) {
        ("ifopen" | "ifclose" | "ifstat", _) => return Ok(true),
        (_, true) => SEEN,
        ("iflinkwait", false) => call.timeout().ok_or(Ending::Hung)?,
        (_, false) => LINK,
    };
    machine.waits(wait);
    let configures = call.spec.name != "iflinkwait";
    if link && configures && !dhcp {
        machine.waits(call.timeout().unwrap_or(LINK));
    }
    let done = link && (dhcp || !configures);
    if done && configures {
        let address = Value::Known(Kind::Ipv4, vec![10, 0, 2, 15]);
        machine.settings.put(format!("{name}.dhcp/ip"), address);
        // QEMU's DHCP server names itself as the boot server, as many do.
        let server = Value::Known(Kind::Ipv4, vec![10, 0, 2, 2]);
        machine.settings.put(format!("{name}.dhcp/next-server"), server);
    }
    if !done {
        machine.outside.devices.set_open(name, false);
    }
    Ok(done)
}

/// Whether the build has this way to configure a device.
fn is_configurator(call: &Call<'_>) -> bool {
    call.option("configurator").is_none_or(|name| matches!(name, "dhcp" | "ipv6"))
}

fn vcreate(machine: &mut Machine<'_>, call: &Call<'_>) -> bool {
    let tag = call.option("tag").and_then(number).unwrap_or(0);
    let trunk = call.operand().unwrap_or_default();
    let Some(device) = machine.outside.devices.get(trunk).cloned() else { return false };
    let name = format!("{trunk}-{tag}");
    if machine.outside.devices.get(&name).is_none() && machine.outside.devices.all.len() < 64 {
        machine.outside.devices.all.push(Device { name, open: None, ..device });
    }
    tag < 4096
}

fn vdestroy(machine: &mut Machine<'_>, call: &Call<'_>) -> bool {
    let devices = &mut machine.outside.devices.all;
    let before = devices.len();
    let name = call.operand().unwrap_or_default();
    devices.retain(|device| device.name != name || !name.contains('-'));
    devices.len() < before
}

/// Whether packets can be sent: a device is open and has a link and an address.
pub(super) fn is_online(machine: &Machine<'_>) -> bool {
    let has = |path: String| machine.settings.has(&path);
    let mut up = machine.outside.devices.up();
    up.any(|name| ["/ip", ".dhcp/ip", "/ip6"].iter().any(|path| has(format!("{name}{path}"))))
}
