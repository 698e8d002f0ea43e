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
    let text = "isset ${other} && exit 1 ||\nexit 2";
    assert_eq!(ends(text, Firmware::Bios, CD), [End::NextDevice, End::NextDevice]);
    assert_eq!(ends(text, Firmware::Uefi, CD), [End::NextEntry, End::NextEntry]);
    assert_eq!(ends("echo", Firmware::Uefi, Role::Server), [End::Returns]);
    assert_eq!(wrong("exit 0", Firmware::Uefi, CD), [(1, "stops")]);
    assert_eq!(wrong("echo", Firmware::Uefi, CD), [(1, "stops")]);
    let codes = [(1, "unguarded-failure"), (1, "stops")];
    assert_eq!(wrong("exit ${other}", Firmware::Uefi, CD), codes);
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
    let unknown = "set n:int32 ${other} ||\n:a\ninc n ||\niseq ${n} 5 || goto a\nexit 1";
    assert_eq!(wrong(unknown, Firmware::Bios, CD), [(4, "endless-loop")]);
    let endless = "set n:int32 0\n:a\ninc n\ngoto a";
    assert_eq!(wrong(endless, Firmware::Bios, CD)[0].1, "too-many-states");
}

#[test]
fn what_cannot_be_known_is_said() {
    assert_eq!(wrong("${other} ||\nexit 1", Firmware::Bios, CD), [(1, "not-analysed")]);
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
    is("echo ${other}\nexit 1", "unguarded-failure");
    is("imgfetch --timeout 0 http://a/b ||\nexit 1", "endless-wait");
    is("iflinkwait net0 ||\nexit 1", "endless-wait");
    is("sleep ${other} ||\nexit 1", "endless-wait");
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
        r"--drive 0 --filename ${other}",
        r"--drive 0 --filename \EFI\BOOT\BOOT${other}.EFI",
        "--drive 0",
    ] {
        assert_eq!(of(own), [(1, "boots-itself")], "{own}");
    }
    for other in [
        r"--drive 0 --filename \EFI\BOOT\BOOTX64.EFI --extra \EFI\debian\shimx64.efi",
        r"--drive 0 --filename \EFI\BOOT\BOOTX64.EFI --label DEBIAN",
        r"--drive 0x81 --filename \EFI\BOOT\BOOTX64.EFI",
        r"--drive 0 --filename \EFI\debian\shim${other}.efi",
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
    assert!(prove(&parsed("set x ${other} ${uuid}\nset y ${x}\nexit"), Firmware::Bios, CD).is_ok());
}

/// In straight lines a value may become longer as often as a script likes.
#[test]
fn only_loops_make_values_longer_without_end() {
    let lines = "set args a=1\n".to_owned() + &"set args ${args} b=2\n".repeat(200) + "exit 1";
    assert_eq!(ends(&lines, Firmware::Uefi, CD), [End::NextEntry]);
    let reset = "set n:int32 0\n:a\nset url http://a\nset url ${url}/b\ninc n\niseq ${n} 3 || goto a\nexit 1";
    assert_eq!(ends(reset, Firmware::Uefi, CD), [End::NextEntry]);
    let grows = "set n:int32 0\n:a\nset url ${url}/b\ninc n\niseq ${n} 3 || goto a\nexit 1";
    assert_eq!(wrong(grows, Firmware::Uefi, CD), [(3, "not-analysed")]);
    let copied = "set n:int32 0\n:a\nset x ${x}\nset y ${x}\nset x ${y}\ninc n\niseq ${n} 3 || goto a\nexit 1";
    assert_eq!(ends(copied, Firmware::Uefi, CD), [End::NextEntry]);
    let longer = "set a x\n".to_owned() + &"set a ${a}${a}\n".repeat(20) + "exit 1";
    assert!(wrong(&longer, Firmware::Uefi, CD).iter().any(|(_, code)| *code == "not-analysed"));
}

#[test]
fn the_items_of_a_menu_are_where_goto_goes() {
    let menu = "menu m\nitem disk\nitem --gap other\nitem net\n\
                choose --timeout 10 --retimeout 10 sel && goto ${sel} ||\nexit 1\n";
    let labels = ":net\nsanunhook ||\nexit 2\n:disk\nexit 3\n:other\nshell ||\nexit 1";
    assert_eq!(ends(&format!("{menu}{labels}"), Firmware::Uefi, CD), vec![End::NextEntry; 3]);
    // A value that was copied, and one that is set on some paths only.
    let copied = menu.replace("&& goto ${sel}", "&& set to ${sel} && goto ${to}");
    assert_eq!(ends(&format!("{copied}{labels}"), Firmware::Uefi, CD), vec![End::NextEntry; 3]);
    let literal = "iseq ${other} x && set to net || set to disk\nchain --timeout 1 a && exit 1 ||\n\
                   iseq ${other} x && set to net || set to disk\ngoto ${to}\n";
    assert_eq!(wrong(&format!("{literal}{labels}"), Firmware::Uefi, CD), []);
    // Another menu has other items.
    let two = menu.replace("menu m\n", "menu m\nitem other\nmenu m\n");
    assert_eq!(wrong(&format!("{two}{labels}"), Firmware::Uefi, CD), []);
    let named = menu.replace("choose", "item other\nchoose");
    assert_eq!(wrong(&format!("{named}{labels}"), Firmware::Uefi, CD), [(14, "waits-for-person")]);
}

/// A label of which nothing is known may be any label that fits, or none.
#[test]
fn an_unknown_label_may_be_any() {
    assert_eq!(ends("goto ${other} ||\nexit 1", Firmware::Uefi, CD), [End::NextEntry]);
    let shell = ":a\nexit 1\n:ab\nshell ||\n:b\nexit 2";
    let of = |label: &str| wrong(&format!("goto {label} || exit 1\n{shell}"), Firmware::Uefi, CD);
    assert_eq!(of("${other}"), [(5, "waits-for-person")]);
    assert_eq!(of("a${other}"), [(5, "waits-for-person")]);
    assert_eq!(of("b${other}"), []);
}

#[test]
fn values_of_the_machine_and_long_lines_are_no_proof() {
    let is = |text: &str, code| assert_eq!(wrong(text, Firmware::Uefi, CD), [(1, code)], "{text}");
    is("isset ${serial} ||\nexit 1", "foreign-value");
    is(&format!("echo {}\nexit 1", "a ".repeat(199)), "long-line");
    is("choose --timeout 100 x ||\nexit 1", "waits-for-person");
    is("read --timeout 100 x ||\nexit 1", "waits-for-person");
    is("console --picture http://a/b ||\nexit 1", "endless-wait");
    is("certstore http://a/b ||\nexit 1", "endless-wait");
    is("imgfetch --timeout 4000000000 http://a/b ||\nexit 1", "endless-wait");
    is("set netX/ip 10.0.0.1\nexit 1", "unguarded-failure");
    assert_eq!(wrong("isset ${serial:hexraw} ||\nexit 1", Firmware::Uefi, CD), []);
}

/// An unknown value of an option may begin with `-` or not be a number.
#[test]
fn an_unknown_option_may_make_its_command_fail() {
    for line in ["chain --timeout ${other}", "chain --name ${other}"] {
        let found = wrong(&format!("{line}\nexit 1"), Firmware::Bios, CD);
        assert!(found.contains(&(1, "unguarded-failure")), "{line}: {found:?}");
    }
    let text = "chain --time${other} http://a/b ||\nexit 1";
    assert!(wrong(text, Firmware::Bios, CD).contains(&(1, "not-analysed")));
}
