//! Answer files, held to the validators of their formats.

use crate::{
    cases::{Case, SSH_KEY, each},
    tools::{accepted, cached, judged},
};
use ipxe_orch_core::profile::Syntax;
use std::{collections::BTreeSet, fs, path::Path, process::Command};
use tempfile::TempDir;

/// Each answer file of this syntax, and what is served in its place after the attempt, once where
/// several hosts or profiles of one release get the same.
pub(crate) fn answers(syntax: Syntax, check: impl Fn(&Case, &str, &str)) {
    let mut seen = BTreeSet::new();
    each(|case| {
        let release = case.version.profile().name.as_str().rsplit('-').next().map(str::to_owned);
        for (template, text) in case.answers(syntax) {
            if seen.insert((release.clone(), text.clone())) {
                check(case, &template, &text);
            }
        }
    });
    assert!(!seen.is_empty(), "no profile has such a file");
}

#[test]
fn debconf_accepts_preseeds() {
    answers(Syntax::Preseed, |case, _, text| {
        let mut validator = Command::new("debconf-set-selections");
        accepted(&case.name(), text, validator.arg("--checkonly"));
    });
}

#[test]
fn pykickstart_accepts_kickstarts() {
    let validator = cached("validators/kickstart/bin/ksvalidator");
    answers(Syntax::Kickstart, |case, _, text| {
        let name = case.version.profile().name.as_str();
        // ESXi's language is another one.
        let Some((_, release)) = name.rsplit_once('-').filter(|_| !name.starts_with("esxi")) else {
            return;
        };
        // What `%include` names is made during the install. Anaconda takes several keys of a user,
        // of which pykickstart warns.
        let text = text.replace("%include /tmp/disk.ks\n", "autopart --type=lvm --nohome\n");
        let text = text.replace(&format!("\nsshkey --username=admin '{SSH_KEY}'\n"), "\n");
        let version = format!("RHEL{release}");
        accepted(&case.name(), &text, Command::new(&validator).args(["--version", &version]));
    });
}

#[test]
fn cloud_init_accepts_user_data() {
    let modules = cached("validators/debian/usr/lib/python3/dist-packages");
    answers(Syntax::Yaml, |case, template, text| {
        if template == "meta-data.hbs" {
            return;
        }
        let mut validator = Command::new("/usr/bin/python3");
        validator.env("PYTHONPATH", &modules);
        let schema = ["-m", "cloudinit.config.schema", "--config-file"];
        accepted(&case.name(), text, validator.args(schema));
    });
}

/// Of the autoinstall section cloud-init knows nothing, and its network is netplan's.
#[test]
fn netplan_accepts_networks() {
    answers(Syntax::Yaml, |case, template, text| {
        let Some((_, network)) = text.split_once("\n  network:\n") else { return };
        assert_eq!(template, "user-data.hbs");
        netplan(TempDir::new().unwrap().path(), network, &case.name());
    });
}

/// Has netplan make the files of networkd below `root`.
#[track_caller]
pub(crate) fn netplan(root: &Path, network: &str, what: &str) {
    let generate = cached("validators/debian/usr/libexec/netplan/generate");
    let library = cached("validators/debian/usr/lib/x86_64-linux-gnu");
    let folder = root.join("etc/netplan");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("network.yaml"), format!("network:\n{network}")).unwrap();
    let mut validator = Command::new(generate);
    validator.env("LD_LIBRARY_PATH", library).arg("--root-dir").arg(root);
    let done = validator.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && !said.contains("rror"), "{what}: {said}\n{network}");
}

#[test]
fn libxml2_reads_answers_in_xml() {
    answers(Syntax::Xml, |case, _, text| {
        accepted(&case.name(), text, Command::new("xmllint").arg("--noout"));
    });
}

#[test]
fn shells_accept_scripts() {
    answers(Syntax::Shell, |case, template, text| {
        accepted(&format!("{}, {template}", case.name()), text, Command::new("dash").arg("-n"));
    });
}

/// All that one host gets, for people to read: a change of a template is a change here.
#[test]
fn what_a_host_gets() {
    for (name, kind, most) in [
        ("debian-12", "bond with a VLAN", true),
        ("debian-13", "IPv4", false),
        ("rhel-9", "VLAN", true),
        ("rocky-10", "IPv6 alone", false),
        ("opensuse-leap-15", "bond with a VLAN", true),
        ("sles-15", "IPv6", true),
        ("sles-15", "IPv4 alone", false),
        ("ubuntu-24.04", "bond with a VLAN", true),
        ("ubuntu-24.04", "IPv4", false),
        ("windows-server-2025", "two NICs, routes", false),
        ("esxi-8", "VLAN", true),
    ] {
        let case = Case::of(name, kind, most);
        let file = |template: &str, syntax| {
            format!("==> {template}\n{}", case.text(template, syntax).unwrap())
        };
        let profile = case.version.profile();
        let mut all = vec![file(profile.script.as_str(), Syntax::Ipxe)];
        let answers = profile.answers.iter();
        all.extend(answers.map(|answer| file(answer.template.as_str(), answer.syntax)));
        insta::assert_snapshot!(format!("{name}, {kind}"), all.join("\n"));
    }
}

/// Else a validator that accepts anything would pass for one.
#[test]
fn validators_refuse() {
    let cloud_init = cached("validators/debian/usr/lib/python3/dist-packages");
    let kickstart = cached("validators/kickstart/bin/ksvalidator");
    let python = ["-m", "cloudinit.config.schema", "--config-file"];
    for (text, validator) in [
        ("d-i a\n", Command::new("debconf-set-selections").arg("--checkonly")),
        ("frobnicate\n", Command::new(kickstart).args(["--version", "RHEL9"])),
        (
            "#cloud-config\nbootcmd: 7\n",
            Command::new("/usr/bin/python3").env("PYTHONPATH", cloud_init).args(python),
        ),
        ("<a></b>\n", Command::new("xmllint").arg("--noout")),
        ("if\n", Command::new("dash").arg("-n")),
    ] {
        assert!(!judged(text, validator).status.success(), "{text}");
    }
}
