//! The loader that Linux installers say in their last report.

use crate::cases::Case;
use ipxe_orch_core::{host::LoaderPath, profile::Syntax};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

const FAMILIES: [&str; 4] = ["debian-13", "rhel-9", "sles-15", "ubuntu-24.04"];

/// A fetch that fails for whatever is not there, and notes each report.
const FETCH: &str = r#"#!/bin/sh
for url; do :; done
case $url in
    */answer/loader.sh) cat "$ROOT/loader.sh" ;;
    */report*) echo "report${url##*/report}" >>"$ROOT/reports" ;;
esac
"#;

fn render(name: &str, template: &str, syntax: Syntax) -> String {
    Case::of(name, "IPv4", false).text(template, syntax).unwrap()
}

/// A machine with this firmware, and these files on the EFI system partition of what is installed.
fn machine(uefi: bool, files: &[&str]) -> TempDir {
    let root = TempDir::new().unwrap();
    for folder in ["bin", "tmp", "target/boot/efi", "sys/firmware"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    if uefi {
        fs::create_dir(root.path().join("sys/firmware/efi")).unwrap();
    }
    for file in files {
        let file = root.path().join("target/boot/efi/EFI").join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "MZ").unwrap();
    }
    root
}

/// Runs a script in the machine's folder instead of its root.
fn run(root: &Path, script: &str, argument: &str) -> Output {
    let mut script = script.to_owned();
    // The machine's folder may itself be below `/tmp/`.
    for folder in ["/tmp/", "/sys/firmware/efi", "/usr/lib/finish-install.d/", "/mnt/sysimage"] {
        script = script.replace(folder, &format!("{}{folder}", root.display()));
    }
    let script = script.replace("sh -s /target", "sh -s $ROOT/target");
    let path = format!("{}:/usr/bin:/bin", root.join("bin").display());
    let mut shell = Command::new("dash");
    shell.args(["-uc", &script, "sh", argument]).env("PATH", path).env("ROOT", root);
    shell.output().unwrap()
}

fn said(family: &str, root: &Path) -> String {
    let script = render(family, "loader.sh.hbs", Syntax::Shell);
    let done = run(root, &script, root.join("target").to_str().unwrap());
    assert!(done.status.success() && done.stderr.is_empty(), "{family}: {done:?}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn it_is_the_one_on_the_new_partition() {
    for (files, expected) in [
        (&["debian/grubx64.efi", "debian/shimx64.efi"][..], "/EFI/debian/shimx64.efi"),
        (&["debian/grubx64.efi", "BOOT/bootx64.efi"], "/EFI/debian/grubx64.efi"),
        (&["rocky/grubx64.efi", "rocky/shim.efi", "rocky/shimx64.efi"], "/EFI/rocky/shimx64.efi"),
        (&["BOOT/shimx64.efi", "redhat/shimaa64.efi"], "/EFI/redhat/shimaa64.efi"),
        (&["Boot/shim.efi", "sles/grubx64.efi", "sles/shim.efi"], "/EFI/sles/shim.efi"),
    ] {
        for family in FAMILIES {
            let root = machine(true, files);
            let said = said(family, root.path());
            assert_eq!(said, format!("&loader={expected}"), "{family}: {files:?}");
            assert!(LoaderPath::reported(expected).is_some(), "the server takes {expected}");
            let root = machine(false, files);
            assert_eq!(self::said(family, root.path()), "", "a BIOS has no loader");
        }
    }
}

/// Names that are no part of a report are left out, and so is the path of each boot image.
#[test]
fn nothing_else_is_said() {
    for files in [
        &[][..],
        &["BOOT/BOOTX64.EFI", "boot/shimx64.efi"],
        &["debian"],
        &["a b/shimx64.efi", "a&status=failed/shimx64.efi", "%41/shimx64.efi", "a#b/grubx64.efi"],
        &["'/shimx64.efi", "\"/shimx64.efi", "$(reboot)/shimx64.efi", "`reboot`/shimx64.efi"],
        &["ä/shimx64.efi", "a\nb/shimx64.efi", "*/shimx64.efi", "\\/shimx64.efi"],
        &["debian/shimx64.efi/folder"],
    ] {
        let root = machine(true, files);
        assert_eq!(said("debian-13", root.path()), "", "{files:?}");
    }
    let root = machine(true, &["a b/shimx64.efi", "debian/shimx64.efi"]);
    assert_eq!(said("debian-13", root.path()), "&loader=/EFI/debian/shimx64.efi");
}

/// The last step of an installer, with what it reports as done. `served`: whether the server has
/// the script that finds the loader.
fn reports(family: &str, root: &Path, served: bool) -> String {
    for name in ["curl", "wget", "chroot", "debconf-set-selections", "in-target", "efibootmgr"] {
        let program = root.join("bin").join(name);
        let fetches = ["curl", "wget"].contains(&name);
        fs::write(&program, if fetches { FETCH } else { "#!/bin/sh\n" }).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    if served {
        let script = render(family, "loader.sh.hbs", Syntax::Shell);
        let script = script.replace("/sys/", &format!("{}/sys/", root.display()));
        fs::write(root.join("loader.sh"), script).unwrap();
    }
    for script in last_steps(family, root) {
        let done = run(root, &script, "");
        assert!(done.status.success(), "{family}: {done:?}\n{script}");
    }
    fs::read_to_string(root.join("reports")).unwrap()
}

fn last_steps(family: &str, root: &Path) -> Vec<String> {
    match family {
        "debian-13" => {
            let late = render(family, "late.sh.hbs", Syntax::Shell);
            let line = late.lines().find(|line| line.contains("loader.sh")).unwrap();
            let base = late.lines().find(|line| line.starts_with("base=")).unwrap();
            let early = render(family, "early.sh.hbs", Syntax::Shell);
            let (_, early) = early.split_once("status=started").unwrap();
            let early = format!("{base}\n{}", early.split_once('\n').unwrap().1);
            let hook = ". /usr/lib/finish-install.d/97ipxe-orch".to_owned();
            fs::write(root.join("tmp/late.done"), "").unwrap();
            vec![format!("set -e\n{base}\n{line}"), early, hook]
        }
        "rhel-9" => {
            let text = render(family, "ks.cfg.hbs", Syntax::Kickstart);
            let post = text.split_once("%post").unwrap().1.split_once('\n').unwrap().1;
            fs::write(root.join("tmp/network.sh"), "").unwrap();
            fs::create_dir(root.join("mnt")).unwrap();
            std::os::unix::fs::symlink("../target", root.join("mnt/sysimage")).unwrap();
            vec![post.split_once("%end").unwrap().0.to_owned()]
        }
        "sles-15" => {
            let late = render(family, "late.sh.hbs", Syntax::Shell);
            vec![late.replace("sh -s ''", "sh -s $ROOT/target")]
        }
        _ => vec![render(family, "late.sh.hbs", Syntax::Shell)],
    }
}

/// Whatever becomes of the loader, the install is reported as done.
#[test]
fn the_last_report_says_it_and_never_fails_for_it() {
    for family in FAMILIES {
        for (uefi, served, expected) in [
            (true, true, "report?status=done&loader=/EFI/x/shimx64.efi\n"),
            (true, false, "report?status=done\n"),
            (false, true, "report?status=done\n"),
        ] {
            let root = machine(uefi, &["x/shimx64.efi"]);
            let told = reports(family, root.path(), served);
            assert_eq!(told, expected, "{family}, UEFI: {uefi}, served: {served}");
        }
    }
}
