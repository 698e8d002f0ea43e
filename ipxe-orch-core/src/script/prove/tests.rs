use super::*;
use crate::image::Medium;

const CD: Role = Role::Image(Medium::Cd);

fn parsed(text: &str) -> Script {
    Script::parse(&format!("#!ipxe\n{text}\n")).unwrap()
}

/// The codes of the findings that make the proof fail, with their line numbers in the text after
/// `#!ipxe`.
fn wrong(text: &str, firmware: Firmware, role: Role) -> Vec<(usize, &'static str)> {
    let found = prove(&parsed(text), firmware, role).err().unwrap_or_default();
    found.iter().map(|finding| (finding.line - 1, finding.code.name())).collect()
}

fn ends(text: &str, firmware: Firmware, role: Role) -> Vec<End> {
    let proof = prove(&parsed(text), firmware, role).unwrap();
    proof.ends.into_iter().map(|(_, end)| end).collect()
}

#[test]
fn exits_are_the_firmwares_turn_or_the_images() {
    let text = "isset ${serial} && exit 1 ||\nexit 2";
    assert_eq!(ends(text, Firmware::Bios, CD), [End::NextDevice, End::NextDevice]);
    assert_eq!(ends(text, Firmware::Uefi, CD), [End::NextEntry, End::NextEntry]);
    assert_eq!(ends("echo", Firmware::Uefi, Role::Server), [End::Returns]);
    assert_eq!(wrong("exit 0", Firmware::Uefi, CD), [(1, "stops")]);
    assert_eq!(wrong("echo", Firmware::Uefi, CD), [(1, "stops")]);
    let codes = [(1, "unguarded-failure"), (1, "stops")];
    assert_eq!(wrong("exit ${serial}", Firmware::Uefi, CD), codes);
    assert_eq!(wrong("", Firmware::Uefi, CD), [(1, "stops")].map(|(_, code)| (0, code)));
}

#[test]
fn counters_end_their_loops_and_nothing_else_does() {
    let counted = ":a\ninc n\niseq ${n} 5 && exit 1 ||\ngoto a";
    assert_eq!(
        ends(counted.replace(":a", "set n:int32 0\n:a").as_str(), Firmware::Uefi, CD).len(),
        1
    );
    let devices = "set idx:int32 0\n:a\nisset ${net${idx}/mac} || exit 1\ninc idx\ngoto a";
    assert_eq!(ends(devices, Firmware::Uefi, CD), [End::NextEntry]);
    assert_eq!(wrong(":a\ngoto a", Firmware::Bios, CD), [(2, "endless-loop")]);
    let retries = ":a\nifopen net0 || goto a\nexit 1";
    assert_eq!(wrong(retries, Firmware::Bios, CD), [(2, "endless-loop")]);
    let unknown = "set n:int32 ${serial} ||\n:a\ninc n ||\niseq ${n} 5 || goto a\nexit 1";
    assert_eq!(wrong(unknown, Firmware::Bios, CD), [(4, "endless-loop")]);
    let endless = "set n:int32 0\n:a\ninc n\ngoto a";
    assert_eq!(wrong(endless, Firmware::Bios, CD)[0].1, "too-many-states");
}

#[test]
fn what_cannot_be_known_is_said() {
    assert_eq!(wrong("goto ${serial} ||\nexit 1", Firmware::Bios, CD), [(1, "not-analysed")]);
    assert_eq!(wrong("${serial} ||\nexit 1", Firmware::Bios, CD), [(1, "not-analysed")]);
    assert_eq!(wrong("autoboot ||\nexit 1", Firmware::Bios, CD), [(1, "not-analysed")]);
    assert_eq!(wrong("set net0/i${a}p x ||\nexit 1", Firmware::Bios, CD), [(1, "not-analysed")]);
    assert_eq!(wrong("sanboot ${a}--keep ||\nexit 1", Firmware::Uefi, CD), [(1, "not-analysed")]);
    assert_eq!(wrong("goto a ||\nexit 1", Firmware::Bios, CD), [(1, "missing-label")]);
    let counted = "set n:int32 1\ngoto a${n}\n:a1\nexit 1";
    assert_eq!(ends(counted, Firmware::Uefi, CD), [End::NextEntry]);
}

#[test]
fn what_strands_a_machine_is_no_end() {
    let is = |text: &str, code| assert_eq!(wrong(text, Firmware::Uefi, CD), [(1, code)], "{text}");
    is("shell ||\nexit 1", "waits-for-person");
    is("prompt hello ||\nexit 1", "waits-for-person");
    is("reboot ||\nexit 1", "stops");
    is("ifopen net0\nexit 1", "unguarded-failure");
    is("echo ${serial}\nexit 1", "unguarded-failure");
    is("imgfetch --timeout 0 http://a/b ||\nexit 1", "endless-wait");
    is("iflinkwait net0 ||\nexit 1", "endless-wait");
    is("sleep ${serial} ||\nexit 1", "endless-wait");
    is("sanboot --drive 0x80 ||\nexit 1", "boots-itself");
    is("sanboot a b ||\nexit 1", "several-paths");
}

/// Measured: the image has such a file as well, and drive 0 means any drive.
#[test]
fn a_loader_that_the_image_has_starts_the_image_again() {
    let of = |options: &str| wrong(&format!("sanboot {options} ||\nexit 1"), Firmware::Uefi, CD);
    for own in [
        r"--drive 0 --filename \EFI\BOOT\BOOTX64.EFI",
        r"--drive 0 --filename \efi\boot\bootx64.efi",
        "--drive 0 --filename /EFI/BOOT/BOOTAA64.EFI",
        r"--drive 0x80 --filename EFI\BOOT\BOOTIA32.EFI",
        r"--filename \EFI\BOOT\BOOTX64.EFI --extra \EFI\BOOT\BOOTX64.EFI",
        r"--extra \EFI\BOOT\BOOTX64.EFI",
        r"--drive 0 --filename ${serial}",
        r"--drive 0 --filename \EFI\BOOT\BOOT${serial}.EFI",
        "--drive 0",
    ] {
        assert_eq!(of(own), [(1, "boots-itself")], "{own}");
    }
    for other in [
        r"--drive 0 --filename \EFI\BOOT\BOOTX64.EFI --extra \EFI\debian\shimx64.efi",
        r"--drive 0 --filename \EFI\BOOT\BOOTX64.EFI --label DEBIAN",
        r"--drive 0x81 --filename \EFI\BOOT\BOOTX64.EFI",
        r"--drive 0 --filename \EFI\debian\shim${serial}.efi",
        r"--drive 0 --uuid 01234567-0123-0123-0123-0123456789ab",
    ] {
        assert_eq!(of(other), [], "{other}");
    }
}

#[test]
fn local_disks_and_hooked_drives() {
    let local = "sanboot --no-describe --drive 0x80 ||\nexit";
    assert_eq!(ends(local, Firmware::Bios, CD), [End::Drive(0x80), End::NextDevice]);
    assert_eq!(wrong(local, Firmware::Bios, Role::Image(Medium::Disk)), [(1, "boots-itself")]);
    let chained = "chain --timeout 1 a ||\n:local\n";
    assert_eq!(wrong(&format!("{chained}{local}"), Firmware::Bios, CD), [(3, "stale-san")]);
    let unhooked = format!("{chained}sanunhook ||\n{local}");
    let all = [End::Chained, End::Drive(0x80), End::NextDevice];
    assert_eq!(ends(&unhooked, Firmware::Bios, CD), all);
    let san = "sanhook a || exit\nimgfetch --timeout 1 t/x/claim || goto no\nsanboot ||\n:no\nexit";
    assert!(ends(san, Firmware::Bios, Role::Server).contains(&End::San));
}

/// Measured: it succeeds, and the script goes on.
#[test]
fn boot_without_a_selected_image_goes_on() {
    assert_eq!(ends("boot\nexit", Firmware::Bios, Role::Server), [End::Returns]);
    let selected = "kernel --timeout 1 a || exit\nboot || exit\nshell";
    assert_eq!(ends(selected, Firmware::Bios, Role::Server).len(), 3);
    let freed = "kernel --timeout 1 a || exit\nimgfree a ||\nboot || exit\nshell";
    assert_eq!(wrong(freed, Firmware::Bios, Role::Server), [(4, "waits-for-person")]);
}

#[test]
fn a_chained_script_leaves_counters_alone_and_nothing_else() {
    let text = "set orch-n:int32 0\n:a\nchain --timeout 1 x && exit 1 ||\nisset ${orch-answer} && exit 1 ||\ninc orch-n\niseq ${orch-n} 3 || goto a\nexit 1";
    assert!(prove(&parsed(text), Firmware::Uefi, CD).is_ok());
    let own = text.replace("orch-n", "n");
    assert_eq!(wrong(&own, Firmware::Uefi, CD), [(3, "endless-loop"), (5, "unguarded-failure")]);
}

#[test]
fn values_that_grow_or_expand_again_are_not_analysed() {
    let is = |text: &str, line| {
        assert_eq!(wrong(text, Firmware::Bios, CD), [(line, "not-analysed")], "{text}");
    };
    is("set x:hexraw 247b783a737472696e677d\necho ${x:string}\nexit", 1);
    is("set d $\nexit", 1);
    let rounds = "set n:int32 0\n:a\nset x ${x}${x}\ninc n\niseq ${n} 9 || goto a\nexit";
    is(rounds, 3);
    assert!(
        prove(&parsed("set x ${serial} ${uuid}\nset y ${x}\nexit"), Firmware::Bios, CD).is_ok()
    );
}

/// An unknown value of an option may begin with `-` or not be a number.
#[test]
fn an_unknown_option_may_make_its_command_fail() {
    for line in ["chain --timeout ${serial}", "chain --name ${serial}"] {
        let found = wrong(&format!("{line}\nexit 1"), Firmware::Bios, CD);
        assert!(found.contains(&(1, "unguarded-failure")), "{line}: {found:?}");
    }
    let text = "chain --time${serial} http://a/b ||\nexit 1";
    assert!(wrong(text, Firmware::Bios, CD).contains(&(1, "not-analysed")));
}
