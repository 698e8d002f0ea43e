//! The network on the kernels' lines: what installers are told of it before they have answers.

use crate::{
    cases::{Case, ordinary},
    tools::cached,
};
use std::process::Command;

/// The arguments for each NIC of the host, in the order in which the script tries them.
fn arguments(case: &Case) -> Vec<String> {
    let script = case.script().unwrap();
    let line = |line: &str| {
        let (_, told) =
            line.split_once("set install-net ").or(line.split_once("set net-arguments "))?;
        Some(told.trim_end_matches(" ||").to_owned())
    };
    script.lines().filter_map(line).collect()
}

/// For each kind of host what `told` says of its NICs' arguments, headed by the kind.
fn review(name: &str, told: impl Fn(&str) -> String) {
    let of = |case: &Case| {
        let nics: String = arguments(case).iter().map(|card| told(card)).collect();
        format!("==> {}\n{nics}", case.kind)
    };
    let all: Vec<String> = ordinary(name, true).iter().map(of).collect();
    insta::assert_snapshot!(format!("kernel of {name}"), all.join("\n"));
}

/// What dracut's generator makes of a kernel's arguments: connections of `NetworkManager`, without
/// what is the same in all.
fn connections(arguments: &str) -> String {
    let generator = cached("validators/debian/usr/lib/NetworkManager/nm-initrd-generator");
    let mut generator = Command::new(generator);
    let done = generator.arg("-s").arg("--").args(arguments.split(' ')).output().unwrap();
    assert!(done.status.success(), "{arguments}: {done:?}");
    assert_eq!(String::from_utf8_lossy(&done.stderr), "", "{arguments}");
    let all = String::from_utf8(done.stdout).unwrap();
    let mut connections: Vec<String> = all.split("\n*** Connection ").skip(1).map(told).collect();
    connections.sort();
    connections.concat()
}

fn told(connection: &str) -> String {
    let told = ["interface-name=", "mac-address=", "id=", "parent=", "address", "dns=", "method="];
    let lines = connection.lines().filter(|line| told.iter().any(|start| line.starts_with(start)));
    lines.flat_map(|line| ["    ", line, "\n"]).collect()
}

#[test]
fn dracut_reads_what_is_meant() {
    for name in ["rhel-9", "linux"] {
        review(name, |line| format!("{line}\n{}\n", connections(line)));
    }
}

/// Debian's installer asks for each of these that has no value, and waits for an answer. The shell of
/// its initrd writes an empty value as `''`, which `env2debconf` takes as an answer.
#[test]
fn netcfg_has_nothing_to_ask() {
    for case in ordinary("debian-13", false) {
        let script = case.script().unwrap();
        let kernel = script.lines().find(|line| line.starts_with("kernel ")).unwrap();
        for line in arguments(&case) {
            let all = kernel.replace("${install-net}", &line);
            let words: Vec<&str> = all.split(' ').collect();
            let told = |name: &str| words.iter().any(|word| word.starts_with(name));
            for name in ["get_ipaddress=", "get_gateway=", "get_nameservers=", "confirm_static="] {
                assert!(told(&format!("netcfg/{name}")), "{}: {name} in {all}", case.kind);
            }
            let with_prefix =
                words.iter().any(|word| word.starts_with("netcfg/get_ipa") && word.contains('/'));
            assert!(told("netcfg/get_netmask=") || with_prefix, "{}: {all}", case.kind);
            assert!(told("hostname=") && told("priority=critical"), "{}: {all}", case.kind);
        }
    }
}

/// `netcfg`, `initramfs-tools` and `linuxrc` are not run here: for people to read.
#[test]
fn lines_are_as_reviewed() {
    for name in ["debian-12", "sles-15", "ubuntu-24.04"] {
        review(name, |line| format!("{line}\n"));
    }
}
