//! Scripts that set, increment and show each named setting with many values. What they print must be
//! what the simulator expects.

use crate::{
    corpus::{Case, case},
    support::{Result, server::Site},
};
use ipxe_orch_core::script::{Firmware, Nic, World};

/// The names of iPXE's settings (`__setting` in its sources), also those that Debian 13's build does
/// not have; numbers of DHCP options; and names in scopes.
const NAMES: &[&str] = &[
    "hostname",
    "domain",
    "next-server",
    "filename",
    "root-path",
    "san-filename",
    "username",
    "password",
    "priority",
    "user-class",
    "vendor-class",
    "errno",
    "buildarch",
    "platform",
    "version",
    "unixtime",
    "cwuri",
    "cwduri",
    "cert",
    "privkey",
    "trust",
    "crosscert",
    "initiator-iqn",
    "reverse-username",
    "reverse-password",
    "uid",
    "gid",
    "key",
    "ssid",
    "active-scan",
    "ip",
    "netmask",
    "gateway",
    "dns",
    "dnssl",
    "ip6",
    "len6",
    "gateway6",
    "dns6",
    "dhcp-server",
    "mac",
    "hwaddr",
    "bustype",
    "busloc",
    "busid",
    "linktype",
    "chip",
    "ifname",
    "mtu",
    "manufacturer",
    "product",
    "serial",
    "asset",
    "board-serial",
    "uuid",
    "vram",
    "sysmac",
    "keymap",
    "memsize",
    "san-drive",
    "san-retries",
    "cpuvendor",
    "cpumodel",
    "peerhost",
    "peerdist",
    "syslogs",
    "ntp",
    "syslog",
    "syslog6",
    "scriptlet",
    "keep-san",
    "skip-san-boot",
    "vlan",
    "own",
    "3",
    "12",
    "209",
    "0xd1",
    "175.189",
    "0.3",
    "made/own",
    "made/ip",
    "a.b/own",
    "net0/own",
    "net0/mac",
    "net0/hwaddr",
    "net0/bustype",
    "net0/busloc",
    "net0/busid",
    "net0/linktype",
    "net0/chip",
    "net0/ifname",
    "net0/mtu",
    "net0/hostname",
    "net9/mac",
    "net0.link/own",
    "smbios/serial",
    "builtin/platform",
    "pci/own",
    "efi/own",
    "netX/own",
    "own:string",
    "own:uristring",
    "own:int8",
    "own:int16",
    "own:int32",
    "own:uint8",
    "own:uint16",
    "own:uint32",
    "own:hex",
    "own:hexhyp",
    "own:hexraw",
    "own:base64",
    "own:uuid",
    "own:guid",
    "own:ipv4",
    "own:ipv6",
    "own:busdevfn",
    "own:dnssl",
    "own:none",
    "hostname:int32",
    "serial:hexraw",
    "ip:string",
];

/// Values that some type accepts, or nearly accepts.
const VALUES: &[&str] = &[
    "abc",
    "17",
    "0x",
    "010",
    "08",
    "-5",
    "4294967297",
    "1.2.3.4",
    "1.2.3",
    "+1.2.3.4",
    "fec0::1",
    "1:2:3:4:5:6:7:",
    "1:2",
    "01:02",
    "+1:02",
    "01:02:03:04:05:06",
    "0102",
    "01-02",
    "AQI=",
    "YR==",
    "YQ=",
    "a%4zb%zz",
    "0123456789abcdef0123456789abcdef",
    "01234567-89ab-cdef-0123-456789abcdef",
];

/// Names whose change would end the test: they are about the network that it uses.
const SPARED: [&str; 3] = ["net0/mac", "net0/mtu", "next-server"];

/// The start of the lines that the scripts print.
const MARK: &str = "set: ";

/// The longest script.
const LONGEST: usize = 60_000;

/// The scripts, each with its result in the simulator.
pub(crate) fn cases(firmware: Firmware, port: u16) -> Result<Vec<Case>> {
    let mut texts = vec![String::new()];
    for (number, name) in NAMES.iter().enumerate().filter(|(_, name)| !SPARED.contains(name)) {
        let (path, _) = name.split_once(':').unwrap_or((name, ""));
        for (index, value) in VALUES.iter().enumerate() {
            let mark = format!("{MARK}{number}.{index}");
            // Short enough for a line of the console.
            let shown = format!("${{{path}:base64}}");
            let lines = format!(
                "set {name} {value} && echo {mark} {shown} || echo {mark} no\n\
                 set {name} {value} && inc {name} && echo {mark} inc {shown} || echo {mark} not inc\n\
                 clear {path} && echo {mark} cleared || echo {mark} kept\n"
            );
            if texts.last().is_some_and(|text| text.len() + lines.len() > LONGEST) {
                texts.push(String::new());
            }
            texts.last_mut().into_iter().for_each(|text| text.push_str(&lines));
        }
    }
    let of = |(index, text): (usize, String)| {
        let mut world = World::new(firmware);
        world.address = format!("{}/script", Site::url(port));
        world.nics.push(Nic { mac: "52:54:00:12:34:56".to_owned(), link: true, dhcp: true });
        case(format!("settings-{index}"), format!("#!ipxe\n{text}exit 1\n"), world)
    };
    texts.into_iter().enumerate().map(of).collect()
}

/// The lines that the simulator expects.
pub(crate) fn expected(case: &Case) -> Vec<String> {
    let echoed = case.run.trace.iter().filter_map(|step| step.command.strip_prefix("echo "));
    echoed.filter_map(|line| line.strip_prefix(MARK)).map(explained).collect()
}

/// The lines that iPXE has printed.
pub(crate) fn printed(console: &str) -> Vec<String> {
    console.lines().filter_map(|line| line.trim_end().strip_prefix(MARK)).map(explained).collect()
}

/// A line with the name and the value in place of their numbers.
fn explained(line: &str) -> String {
    let (numbers, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut numbers = numbers.split('.').filter_map(|number| number.parse::<usize>().ok());
    let name = numbers.next().and_then(|number| NAMES.get(number)).unwrap_or(&"?");
    let value = numbers.next().and_then(|number| VALUES.get(number)).unwrap_or(&"?");
    format!("`set {name} {value}`: {}", rest.trim())
}
