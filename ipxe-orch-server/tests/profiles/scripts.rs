//! iPXE scripts: clean, proved, and not longer than machines take.

use crate::{cases::each, texts::BASE};
use ipxe_orch_core::{
    profile::ClaimRule,
    script::{Firmware, Role, Rules, Script, Severity, lint, prove},
};

#[test]
fn they_are_clean_and_proved() {
    each(|case| {
        let Some(text) = case.script() else { return };
        let script = Script::parse(&text).unwrap();
        let terms = &case.version.profile().terms;
        assert_eq!(terms.claim, ClaimRule::Boot);
        let found = lint(&script, &Rules::install());
        assert!(found.iter().all(|f| f.severity() == Severity::Note), "{}: {found:?}", case.name());
        for firmware in [Firmware::Bios, Firmware::Uefi] {
            prove(&script, firmware, Role::Server)
                .unwrap_or_else(|found| panic!("{}: {found:?}", case.name()));
        }
    });
}

/// iPXE expands `${...}` in what a setting expands to, again and again. The texts of a machine, such
/// as its serial number, and those of DHCP may contain it: scripts use none of them.
#[test]
fn they_use_no_text_that_a_machine_or_dhcp_chose() {
    let own = ["orch-mac", "cwduri", "install-net", "net-arguments"];
    each(|case| {
        for text in case.version.templates().values().filter(|text| text.starts_with("#!ipxe")) {
            for after in text.split("${").skip(1) {
                let setting = after.split('}').next().unwrap();
                let safe = own.contains(&setting) || setting.ends_with(":hexraw");
                assert!(safe, "{}: ${{{setting}}}", case.name());
            }
        }
    });
}

/// Linux on x86 takes 2048 bytes, the last of them a NUL (`COMMAND_LINE_SIZE`).
#[test]
fn kernels_take_the_whole_of_their_lines() {
    let cwduri = BASE.split_once("t/AAAA").unwrap().0;
    each(|case| {
        let Some(text) = case.script() else { return };
        let Some(kernel) = text.lines().find(|line| line.starts_with("kernel ")) else { return };
        let settings = text.lines().filter(|line| line.contains("set ")).map(str::len).max();
        let uris = kernel.matches("${cwduri}").count() * cwduri.len();
        let longest = kernel.len() + uris + settings.unwrap();
        assert!(longest < 2048, "{}: {longest} bytes", case.name());
    });
}
