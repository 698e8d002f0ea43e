//! The profiles that come with the server.

use ipxe_orch_core::{names::FileName, profile::ProfileVersion};

/// The files of a profile: its `profile.toml` and the others.
struct Folder {
    definition: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// The text of a `profile.toml` below `profiles/`, with the shared files that continue it.
macro_rules! definition {
    ($name:literal [$($more:literal)*]) => {
        concat!(
            include_str!(concat!("../profiles/", $name, "/profile.toml"))
            $(, include_str!(concat!("../profiles/", $more)))*
        )
    };
}

macro_rules! files {
    ([$($path:literal)*]) => { &[$(($path, include_str!(concat!("../profiles/", $path)))),*] };
}

/// A table of profiles: their names, the files that continue their `profile.toml`, and the files
/// that it names.
macro_rules! folders {
    ($($($name:literal)+ + $more:tt: $files:tt;)*) => {
        &[$($(Folder { definition: definition!($name $more), files: files!($files) }),+),*]
    };
}

// Files that several profiles share are stored once, in a folder without a `profile.toml`.
const FOLDERS: &[Folder] = folders! {
    "debian-12" "debian-13" + ["debian/common.toml" "common/variables.toml"]: [
        "debian/boot.ipxe.hbs" "debian/preseed.cfg.hbs" "debian/abort.cfg.hbs" "debian/early.sh.hbs"
        "debian/partman.sh.hbs" "debian/late.sh.hbs" "common/disk.sh.hbs" "common/loader.sh.hbs"
    ];
    "esxi-8" + []: ["esxi-8/boot.ipxe.hbs" "esxi-8/ks.cfg.hbs" "esxi-8/abort.cfg.hbs"];
    "linux" "rescue" + []: ["linux/boot.ipxe.hbs"];
    "rhel-9" "rocky-9" "alma-9" "rhel-10" "rocky-10" "alma-10"
    + ["redhat/common.toml" "common/variables.toml"]: [
        "redhat/boot.ipxe.hbs" "redhat/ks.cfg.hbs" "redhat/abort.cfg.hbs" "redhat/network.sh.hbs"
        "common/disk.sh.hbs" "common/loader.sh.hbs"
    ];
    "sanboot" "sanboot-iscsi" + []: ["sanboot/boot.ipxe.hbs"];
    "sles-15" "opensuse-leap-15" + ["suse/common.toml" "common/variables.toml"]: [
        "suse/boot.ipxe.hbs" "suse/autoinst.xml.hbs" "suse/abort.xml.hbs" "suse/early.sh.hbs"
        "suse/late.sh.hbs" "common/disk.sh.hbs" "common/loader.sh.hbs"
    ];
    "tiny" + []: ["tiny/boot.ipxe.hbs" "tiny/tiny.conf.hbs"];
    "ubuntu-24.04" + ["common/variables.toml"]: [
        "ubuntu-24.04/boot.ipxe.hbs" "ubuntu-24.04/user-data.hbs" "ubuntu-24.04/abort.hbs"
        "ubuntu-24.04/meta-data.hbs" "ubuntu-24.04/early.sh.hbs" "ubuntu-24.04/late.sh.hbs"
        "common/disk.sh.hbs" "common/loader.sh.hbs"
    ];
    "windows-server-2022" "windows-server-2025" + []: [
        "windows/boot.ipxe.hbs" "windows/winpeshl.ini.hbs" "windows/network.cmd.hbs"
        "windows/install.cmd.hbs" "windows/abort.cmd.hbs" "windows/unattend.xml.hbs"
        "windows/finish.cmd.hbs"
    ];
};

/// The profiles that are part of this program. Their media are not part of it.
pub fn built_in() -> Vec<ProfileVersion> {
    // A test checks that every folder can be read, so none is left out here.
    FOLDERS.iter().filter_map(version).collect()
}

fn version(folder: &Folder) -> Option<ProfileVersion> {
    let file = |(path, text): &(&str, &str)| {
        let (_, name) = path.rsplit_once('/')?;
        Some((name.parse::<FileName>().ok()?, (*text).to_owned()))
    };
    let files = folder.files.iter().map(file).collect::<Option<_>>()?;
    ProfileVersion::new(folder.definition, files).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_backends::handlebars::HandlebarsRenderer;
    use ipxe_orch_core::{
        host::HostSpec,
        ids::{AttemptId, HostId},
        profile::{ScriptRenderer as _, Syntax, answer_values, lint as lint_profile},
        script::{Firmware, Role, Rules, Script, Severity, lint, prove},
    };
    use serde_json::json;

    /// A file of the profile `tiny`, rendered for a host with these NICs.
    fn tiny(template: &str, syntax: Syntax, nics: &[serde_json::Value]) -> String {
        let host = json!({"name": "web1", "nics": nics});
        let host: HostSpec = serde_json::from_value(host).unwrap();
        let (id, attempt) = (HostId::from_bytes([1; 16]), AttemptId::from_bytes([2; 16]));
        let profile = built_in().into_iter().find(|v| v.profile().name.as_str() == "tiny").unwrap();
        let variables = profile.profile().variables.iter();
        let vars =
            variables.filter_map(|(name, one)| Some((name.to_string(), one.default.clone()?)));
        let vars = vars.collect();
        let values =
            answer_values(&host, id, attempt, "TICKET", "http://10.0.2.2/t/TICKET/", &vars);
        let text = &profile.templates()[&template.parse().unwrap()];
        HandlebarsRenderer::new().render(template, text, syntax, &values).unwrap()
    }

    /// The lines of the script that set the network for the kernel.
    fn nics(nics: &[serde_json::Value]) -> String {
        let script = tiny("boot.ipxe.hbs", Syntax::Ipxe, nics);
        let lines: Vec<_> = script.lines().filter(|line| line.contains("install-net ")).collect();
        lines.join("\n")
    }

    #[test]
    fn none_is_left_out() {
        assert_eq!(built_in().len(), FOLDERS.len());
    }

    #[test]
    fn all_render_for_hosts_of_every_kind() {
        let problems = |version: &ProfileVersion| {
            let found = lint_profile(version, &HandlebarsRenderer::new());
            found.iter().map(|found| format!("{}: {found}", version.profile().name)).collect()
        };
        let problems: Vec<String> = built_in().iter().flat_map::<Vec<_>, _>(problems).collect();
        assert_eq!(problems.join("\n"), "");
    }

    #[test]
    fn the_script_claims_last_and_every_failing_path_ends() {
        let nic = json!({"mac": "52:54:00:12:34:56", "dns": ["10.0.2.3"],
            "v4": {"address": "10.0.2.15/24", "gateway": "10.0.2.2"}});
        insta::assert_snapshot!(tiny("boot.ipxe.hbs", Syntax::Ipxe, &[nic]), @r"
        #!ipxe
        set orch-answer install
        echo ipxe-orch: web1 installs tiny
        set install-net orch.mac=52:54:00:12:34:56 orch.ip=10.0.2.15/24 orch.gw=10.0.2.2 orch.dns=10.0.2.3
        kernel --timeout 10000 t/TICKET/media/vmlinuz initrd=initrd.img console=ttyS0 no_timer_check orch.url=${cwduri}t/TICKET/ ${install-net} orch.host=web1 || goto failed
        initrd --name initrd.img --timeout 10000 t/TICKET/media/initrd.img || goto failed
        imgfetch --name claim --timeout 3000 t/TICKET/claim || goto refused
        imgfree claim ||
        boot || goto failed
        :refused
        echo ipxe-orch: the install was not granted
        exit 1
        :failed
        echo ipxe-orch: the installer could not be started
        exit 1
        ");
    }

    #[test]
    fn networks_reach_the_kernel_as_they_are() {
        let vlan = json!({"mac": "52:54:00:12:34:56", "vlan": 123,
            "v4": {"address": "192.0.2.7/25"}});
        insta::assert_snapshot!(nics(&[vlan]), @"set install-net orch.mac=52:54:00:12:34:56 orch.ip=192.0.2.7/25 orch.vlan=123");
        let v6 = json!({"mac": "52:54:00:12:34:56", "dns": ["fec0::3", "fec0::4"],
            "v6": {"address": "fec0::15/64", "gateway": "fe80::1"}});
        insta::assert_snapshot!(nics(&[v6]), @"set install-net orch.mac=52:54:00:12:34:56 orch.ip=fec0::15/64 orch.gw=fe80::1 orch.dns=fec0::3,fec0::4");
        let both = json!({"mac": "52:54:00:12:34:56",
            "v4": {"address": "10.0.2.15/24", "gateway": "10.0.2.2"},
            "v6": {"address": "fec0::15/64", "gateway": "fec0::2"}});
        insta::assert_snapshot!(nics(&[both]), @"set install-net orch.mac=52:54:00:12:34:56 orch.ip=10.0.2.15/24 orch.gw=10.0.2.2 orch.ip6=fec0::15/64 orch.gw6=fec0::2");
    }

    #[test]
    fn of_several_nics_the_one_that_was_asked_through_is_used() {
        let first = json!({"mac": "52:54:00:12:34:56", "v4": {"address": "10.0.2.15/24"}});
        let second = json!({"mac": "52:54:00:12:34:57", "v4": {"address": "10.0.3.15/24"}});
        insta::assert_snapshot!(nics(&[first, second]), @r"
        set install-net orch.mac=52:54:00:12:34:56 orch.ip=10.0.2.15/24
        iseq ${orch-mac} 52:54:00:12:34:57 && set install-net orch.mac=52:54:00:12:34:57 orch.ip=10.0.3.15/24 ||
        ");
    }

    /// For one family and for both, with and without a VLAN.
    #[test]
    fn the_script_is_clean_and_proved() {
        let v4 = json!({"address": "10.0.2.15/24", "gateway": "10.0.2.2"});
        let v6 = json!({"address": "fec0::15/64"});
        let mac = "52:54:00:12:34:56";
        for nic in [
            json!({"mac": mac, "v4": v4, "dns": ["10.0.2.3"]}),
            json!({"mac": mac, "v6": v6, "vlan": 7}),
            json!({"mac": mac, "v4": v4, "v6": v6}),
        ] {
            let script = Script::parse(&tiny("boot.ipxe.hbs", Syntax::Ipxe, &[nic])).unwrap();
            let found = lint(&script, &Rules::install());
            assert!(found.iter().all(|f| f.severity() == Severity::Note), "{found:?}");
            for firmware in [Firmware::Bios, Firmware::Uefi] {
                prove(&script, firmware, Role::Server).unwrap();
            }
        }
    }

    #[test]
    fn the_answer_file_is_data() {
        let nic = json!({"mac": "52:54:00:12:34:56"});
        insta::assert_snapshot!(tiny("tiny.conf.hbs", Syntax::KeyValue, &[nic]), @r"
        disk=/dev/vda
        image=disk.img
        hostname=web1
        attempt=02020202-0202-0202-0202-020202020202
        ");
    }
}
