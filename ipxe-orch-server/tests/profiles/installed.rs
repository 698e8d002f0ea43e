//! The network of the installed system, as the steps of each installer set it up.

use crate::{
    answers::netplan,
    cases::{Case, ordinary},
    tools::{cached, contents, run},
};
use ipxe_orch_core::profile::Syntax;
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};
use tempfile::TempDir;

/// Red Hat: connections as `NetworkManager` reads them.
#[test]
fn connections_are_made() {
    for case in ordinary("rhel-9", false) {
        let script = case.text("network.sh.hbs", Syntax::Shell).unwrap();
        let root = TempDir::new().unwrap();
        let path = root.path().to_str().unwrap();
        let script = script.replace("/mnt/sysroot/etc/NetworkManager/system-connections", path);
        run(&script.replace("$(cat /proc/sys/kernel/random/uuid)", "of-$1"), "/usr/bin:/bin");
        insta::assert_snapshot!(format!("connections of {}", case.kind), contents(root.path()));
    }
}

/// Debian: its late step on a folder, whose files ifupdown reads.
#[test]
fn interfaces_are_made() {
    for case in ordinary("debian-12", false) {
        let root = TempDir::new().unwrap();
        let root = root.path();
        for (card, mac) in [("ens3", "52:54:00:00:00:01"), ("ens4", "52:54:00:00:00:02")] {
            fs::create_dir_all(root.join("sys/class/net").join(card).join("device")).unwrap();
            fs::write(root.join("sys/class/net").join(card).join("address"), mac).unwrap();
        }
        for folder in ["bin", "etc/network", "target/etc", "tmp"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        late_step(&case, root);
        let made = fs::read_to_string(root.join("target/etc/network/interfaces")).unwrap();
        let names = fs::read_to_string(root.join("target/etc/resolv.conf")).unwrap();
        ifupdown_takes(&root.join("target/etc/network/interfaces"), root);
        insta::assert_snapshot!(
            format!("interfaces of {}", case.kind),
            format!("{made}\n==> resolv.conf\n{names}").replace(root.to_str().unwrap(), "")
        );
    }
}

fn late_step(case: &Case, root: &Path) {
    for name in ["wget", "in-target"] {
        let program = root.join("bin").join(name);
        fs::write(&program, "#!/bin/sh\n").unwrap();
        run(&format!("chmod 755 {}", program.display()), "/usr/bin:/bin");
    }
    let mut script =
        case.text("late.sh.hbs", Syntax::Shell).unwrap().replace("/target/", "@/target/");
    for folder in ["/etc/", "/sys/", "/tmp/"] {
        for before in [" ", ">", "="] {
            script = script.replace(&format!("{before}{folder}"), &format!("{before}@{folder}"));
        }
    }
    let script = script.replace("@/", &format!("{}/", root.display()));
    run(&script, &format!("{}/bin:/usr/bin:/bin", root.display()));
}

/// Which commands it would run is not looked at: that it knows each method and option is.
fn ifupdown_takes(file: &Path, root: &Path) {
    let done = Command::new(cached("validators/debian/sbin/ifup"))
        .args(["--no-act", "--verbose", "--all", "--force", "--no-scripts", "--state-dir"])
        .arg(root.join("tmp"))
        .arg("--interfaces")
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{}", fs::read_to_string(file).unwrap());
}

/// partman and Subiquity do not know the names below `/dev/disk`: the script prints the device.
#[test]
fn a_disk_is_resolved_before_it_is_partitioned() {
    for name in ["debian-13", "rhel-9", "sles-15", "ubuntu-24.04"] {
        let script = Case::of(name, "IPv4", true).text("disk.sh.hbs", Syntax::Shell).unwrap();
        let root = TempDir::new().unwrap();
        let (root, links) = (root.path(), root.path().join("disk/by-path"));
        fs::create_dir_all(&links).unwrap();
        fs::write(root.join("sdb"), "").unwrap();
        symlink("../../sdb", links.join("pci-0000:00:05.0")).unwrap();
        // No device can be made here: any file is one.
        let script = script.replace("[ -b ", "[ -e ");
        let script = script.replace("/dev/disk/", &format!("{}/disk/", root.display()));
        let done = Command::new("dash").args(["-uc", &script]).output().unwrap();
        let printed = String::from_utf8(done.stdout).unwrap();
        assert_eq!(printed.trim(), root.join("sdb").to_str().unwrap(), "{name}: {script}");
        let gone = script.replace("pci-0000:00:05.0", "pci-0000:00:06.0");
        let done = Command::new("dash").args(["-uc", &gone]).output().unwrap();
        assert!(!done.status.success() && done.stdout.is_empty(), "{name}: {done:?}");
    }
}

/// Ubuntu: files of networkd, as netplan makes them.
#[test]
fn networks_are_made() {
    for case in ordinary("ubuntu-24.04", false) {
        let text = case.text("user-data.hbs", Syntax::Yaml).unwrap();
        let (_, network) = text.split_once("\n  network:\n").unwrap();
        let root = TempDir::new().unwrap();
        netplan(root.path(), network, case.kind);
        let made = contents(&root.path().join("run/systemd/network"));
        insta::assert_snapshot!(format!("networks of {}", case.kind), made);
    }
}

/// SUSE: for people to read, `AutoYaST` is not run here.
#[test]
fn autoyast_is_told() {
    for case in ordinary("sles-15", false) {
        let text = case.text("autoinst.xml.hbs", Syntax::Xml).unwrap();
        let (_, network) = text.split_once("  <networking>\n").unwrap();
        insta::assert_snapshot!(format!("networking of {}", case.kind), network);
    }
}
