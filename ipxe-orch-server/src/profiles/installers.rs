//! The profiles of Linux installers, held to the validators of their formats.

use super::built_in;
use ipxe_orch_backends::handlebars::HandlebarsRenderer;
use ipxe_orch_core::{
    host::HostSpec,
    ids::{AttemptId, HostId},
    profile::{Lack, Profile, ProfileVersion, ScriptRenderer as _, Syntax, answer_values},
    script::{Firmware, Role, Rules, Script, Severity, lint, prove},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// As long as tickets are, and by the longest kind of address.
const BASE: &str =
    "http://[2001:db8::1234:5678]:8080/boot/v1/t/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/";

/// Hosts with each kind of network, and what a profile must not lack for them.
fn hosts() -> Vec<(&'static str, HostSpec, Option<Lack>)> {
    let v4 = json!({"address": "192.0.2.15/24", "gateway": "192.0.2.1"});
    let v6 = json!({"address": "2001:db8::15/64", "gateway": "fe80::1"});
    let [first, second] = ["52:54:00:00:00:01", "52:54:00:00:00:02"];
    let other = json!({"mac": second, "v4": {"address": "198.51.100.15/24"}});
    let plain = json!({"mac": first, "v4": v4, "dns": ["192.0.2.2", "192.0.2.3"]});
    let routes = json!([{"destination": "203.0.113.0/24", "via": "192.0.2.9"},
        {"destination": "2001:db8:1::/48", "via": "2001:db8::9"}]);
    let both = json!({"mac": first, "v4": v4, "v6": v6, "dns": ["192.0.2.2", "2001:db8::2"],
        "mtu": 9000, "routes": routes});
    let mut tagged = both.clone();
    tagged["vlan"] = json!(123);
    let bond = |vlan| json!([{"members": [first, second], "mode": "802.3ad", "vlan": vlan}]);
    let host = |nics: Value, bonds: Value| {
        let host = json!({"name": "web1.example.test", "nics": nics, "bonds": bonds});
        serde_json::from_value::<HostSpec>(host).unwrap()
    };
    let six = json!({"mac": first, "v6": v6, "dns": ["2001:db8::2"]});
    vec![
        ("IPv4", host(json!([plain]), json!([])), None),
        ("IPv6", host(json!([six]), json!([])), Some(Lack::Ipv6Only)),
        ("two cards, both families", host(json!([both, other]), json!([])), None),
        ("VLAN", host(json!([tagged]), json!([])), Some(Lack::Vlan)),
        ("bond", host(json!([both, other]), bond(None)), Some(Lack::Bond)),
        ("bond with a VLAN", host(json!([both, other]), bond(Some(7))), Some(Lack::Bond)),
    ]
}

/// Without any variable that is not needed, and with all of them.
fn variables(profile: &Profile) -> [Value; 2] {
    let defaults = profile
        .variables
        .iter()
        .filter_map(|(name, of)| Some((name.to_string(), of.default.clone()?)));
    let mut least = Value::Object(defaults.collect());
    if profile.variables.keys().any(|known| known.as_str() == "mirror_host") {
        least["mirror_host"] = json!("mirror.example.test");
    }
    let mut most = least.clone();
    for (name, value) in [
        ("root_password", json!("$6$saltsalt$root")),
        ("user", json!("admin")),
        ("user_password", json!("$6$saltsalt$user")),
        ("ssh_keys", json!(["ssh-ed25519 AAAA it's \"me\" & <you>"])),
        ("console", json!("ttyS0,115200n8")),
        ("layout", json!("lvm")),
        ("domain", json!("example.test")),
        ("proxy", json!("http://192.0.2.7:3128/")),
        ("security_host", json!("security.example.test")),
        ("tree", json!("http://mirror.example.test/9/BaseOS/x86_64/os/")),
        ("appstream", json!("http://mirror.example.test/9/AppStream/x86_64/os/")),
        ("environment", json!("server")),
        ("packages", json!(["vim", "tmux"])),
    ] {
        if profile.variables.keys().any(|known| known.as_str() == name) {
            most[name] = value;
        }
    }
    [least, most]
}

/// A file of the profile.
fn render(
    version: &ProfileVersion,
    template: &str,
    syntax: Syntax,
    host: &HostSpec,
    vars: &Value,
) -> String {
    let (id, attempt) = (HostId::from_bytes([1; 16]), AttemptId::from_bytes([2; 16]));
    let ticket = BASE.trim_end_matches('/').rsplit('/').next().unwrap();
    let values = answer_values(host, id, attempt, ticket, BASE, vars.as_object().unwrap());
    let text = &version.templates()[&template.parse().unwrap()];
    HandlebarsRenderer::new().render(template, text, syntax, &values).unwrap()
}

/// Each profile of an installer, with each host that it does not lack anything for.
fn each(mut check: impl FnMut(&str, &ProfileVersion, &HostSpec, &Value)) {
    // All others have no such answers.
    let installer = |v: &ProfileVersion| v.templates().keys().any(|t| t.as_str() == "disk.sh.hbs");
    let installers: Vec<_> = built_in().into_iter().filter(installer).collect();
    assert_eq!(installers.len(), 11, "none is left out");
    for version in &installers {
        for (kind, host, needs) in hosts() {
            if needs.is_some_and(|needs| version.profile().lacks.contains(&needs)) {
                continue;
            }
            for vars in variables(version.profile()) {
                let what = format!("{}, {kind}, {vars}", version.profile().name);
                check(&what, version, &host, &vars);
            }
        }
    }
}

/// Each answer file of this syntax, and what is served in its place after the attempt, once where
/// several hosts or profiles of one release get the same.
fn answers(syntax: Syntax, check: impl Fn(&str, &str, &str)) {
    let mut seen = BTreeSet::new();
    each(|what, version, host, vars| {
        let release = version.profile().name.as_str().rsplit('-').next().map(str::to_owned);
        for answer in version.profile().answers.iter().filter(|a| a.syntax == syntax) {
            for template in [Some(&answer.template), answer.abort.as_ref()].into_iter().flatten() {
                let text = render(version, template.as_str(), syntax, host, vars);
                if seen.insert((release.clone(), text.clone())) {
                    check(what, template.as_str(), &text);
                }
            }
        }
    });
    assert!(!seen.is_empty(), "no profile has such a file");
}

/// A file that the set-up made below `.cache`.
fn cached(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache").join(path);
    assert!(path.exists(), "{} is missing: run scripts/setup", path.display());
    path
}

/// What a validator says of a text in a file; it must be there.
fn accepts(text: &str, validator: &mut Command) -> Output {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("answer");
    fs::write(&file, text).unwrap();
    validator.arg(&file).output().expect("run scripts/setup for the validators")
}

#[track_caller]
fn accepted(what: &str, text: &str, validator: &mut Command) {
    let done = accepts(text, validator);
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{what}: {out}{err}\n{text}");
}

#[test]
fn scripts_are_clean_and_proved() {
    each(|what, version, host, vars| {
        let text = render(version, "boot.ipxe.hbs", Syntax::Ipxe, host, vars);
        let script = Script::parse(&text).unwrap();
        let found = lint(&script, &Rules::install());
        assert!(found.iter().all(|f| f.severity() == Severity::Note), "{what}: {found:?}");
        for firmware in [Firmware::Bios, Firmware::Uefi] {
            prove(&script, firmware, Role::Server).unwrap_or_else(|e| panic!("{what}: {e:?}"));
        }
    });
}

/// Linux on x86 takes 2048 bytes, the last of them a NUL (`COMMAND_LINE_SIZE`).
#[test]
fn kernels_take_the_whole_of_their_lines() {
    let cwduri = BASE.split_once("t/AAAA").unwrap().0;
    each(|what, version, host, vars| {
        let text = render(version, "boot.ipxe.hbs", Syntax::Ipxe, host, vars);
        let line = |start: &str| text.lines().filter(|l| l.contains(start)).map(str::len).max();
        let kernel = text.lines().find(|line| line.starts_with("kernel ")).unwrap();
        let uris = kernel.matches("${cwduri}").count() * cwduri.len();
        let longest = kernel.len() + uris + line("set install-net ").unwrap();
        assert!(longest < 2048, "{what}: {longest} bytes");
    });
}

#[test]
fn debconf_accepts_preseeds() {
    answers(Syntax::Preseed, |what, _, text| {
        let mut validator = Command::new("debconf-set-selections");
        accepted(what, text, validator.arg("--checkonly"));
    });
}

#[test]
fn pykickstart_accepts_kickstarts() {
    let validator = cached("validators/kickstart/bin/ksvalidator");
    answers(Syntax::Kickstart, |what, _, text| {
        let release = if what.contains("-10,") { "RHEL10" } else { "RHEL9" };
        // What `%include` names is made during the install.
        let text = text.replace("%include /tmp/disk.ks\n", "autopart --type=lvm --nohome\n");
        accepted(what, &text, Command::new(&validator).args(["--version", release]));
    });
}

#[test]
fn cloud_init_accepts_user_data() {
    let modules = cached("validators/debian/usr/lib/python3/dist-packages");
    answers(Syntax::Yaml, |what, template, text| {
        if template == "meta-data.hbs" {
            return;
        }
        let mut validator = Command::new("/usr/bin/python3");
        validator.env("PYTHONPATH", &modules);
        accepted(what, text, validator.args(["-m", "cloudinit.config.schema", "--config-file"]));
    });
}

/// Of the autoinstall section cloud-init knows nothing, and its network is netplan's.
#[test]
fn netplan_accepts_networks() {
    let generate = cached("validators/debian/usr/libexec/netplan/generate");
    let library = cached("validators/debian/usr/lib/x86_64-linux-gnu");
    answers(Syntax::Yaml, |what, template, text| {
        let Some((_, network)) = text.split_once("\n  network:\n") else { return };
        assert_eq!(template, "user-data.hbs");
        let root = TempDir::new().unwrap();
        let folder = root.path().join("etc/netplan");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("network.yaml"), format!("network:\n{network}")).unwrap();
        let mut validator = Command::new(&generate);
        validator.env("LD_LIBRARY_PATH", &library).arg("--root-dir").arg(root.path());
        let done = validator.output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !said.contains("rror"), "{what}: {said}\n{network}");
    });
}

#[test]
fn xmllint_accepts_autoyast() {
    answers(Syntax::Xml, |what, _, text| {
        accepted(what, text, Command::new("xmllint").arg("--noout"));
    });
}

#[test]
fn shells_accept_scripts() {
    answers(Syntax::Shell, |what, template, text| {
        accepted(&format!("{what}, {template}"), text, Command::new("dash").arg("-n"));
    });
}

/// All that one host gets, for people to read: a change of a template is a change here.
#[test]
fn what_a_host_gets() {
    let hosts = hosts();
    for (name, kind) in [
        ("debian-12", "bond with a VLAN"),
        ("rhel-9", "VLAN"),
        ("opensuse-leap-15", "VLAN"),
        ("sles-15", "IPv6"),
        ("ubuntu-24.04", "bond with a VLAN"),
    ] {
        let version = built_in().into_iter().find(|v| v.profile().name.as_str() == name).unwrap();
        let (_, host, _) = hosts.iter().find(|(known, ..)| *known == kind).unwrap();
        let [_, vars] = variables(version.profile());
        let file = |template: &str, syntax| {
            format!("==> {template}\n{}", render(&version, template, syntax, host, &vars))
        };
        let mut all = vec![file("boot.ipxe.hbs", Syntax::Ipxe)];
        let answers = version.profile().answers.iter();
        all.extend(answers.map(|answer| file(answer.template.as_str(), answer.syntax)));
        insta::assert_snapshot!(name, all.join("\n"));
    }
}

/// The script of the Red Hat family, run on a folder: connections as `NetworkManager` reads them.
#[test]
fn connections_are_made() {
    let version = built_in().into_iter().find(|v| v.profile().name.as_str() == "rhel-9").unwrap();
    let [vars, _] = variables(version.profile());
    for (kind, host, _) in hosts() {
        let script = render(&version, "network.sh.hbs", Syntax::Shell, &host, &vars);
        let root = TempDir::new().unwrap();
        let path = root.path().to_str().unwrap();
        let script = script.replace("/mnt/sysroot/etc/NetworkManager/system-connections", path);
        let script = script.replace("$(cat /proc/sys/kernel/random/uuid)", "of-$1");
        let done = Command::new("dash").args(["-euc", &script]).output().unwrap();
        assert!(done.status.success(), "{kind}: {done:?}");
        let mut files: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let all: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        insta::assert_snapshot!(format!("connections of {kind}"), all);
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
        assert!(!accepts(text, validator).status.success(), "{text}");
    }
}
