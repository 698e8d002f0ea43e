use super::*;
use crate::{
    image::Medium,
    script::{Release, Severity},
};

/// Codes with their line numbers in the text after `#!ipxe`, without notes.
fn found(text: &str, rules: Rules) -> Vec<(usize, &'static str)> {
    let script = Script::parse(&format!("#!ipxe\n{text}\n")).unwrap();
    let found = lint(&script, &rules).into_iter().filter(|f| f.severity() > Severity::Note);
    found.map(|finding| (finding.line - 1, finding.code.name())).collect()
}

#[track_caller]
fn is(text: &str, code: &'static str) {
    assert_eq!(found(text, Rules::server()), [(1, code)], "{text}");
}

#[track_caller]
fn clean(text: &str) {
    assert_eq!(found(text, Rules::server()), [], "{text}");
}

#[test]
fn commands_and_options() {
    is("frobnicate ||", "unknown-command");
    is("params ||", "unknown-command");
    is("nslookup a b ||", "unknown-command");
    is("${cmd} ||", "not-analysed");
    is("chain --tiemout 4000 a ||", "unknown-option");
    is("iseq a ||", "wrong-operands");
    is("sanboot --drive first ||", "wrong-operands");
    is("sanboot --uuid abc ||", "wrong-operands");
    is("prompt --key ctrl-b --timeout 10 ||", "wrong-operands");
    is("colour red ||", "wrong-operands");
    is("cpair --background red 1 ||", "wrong-operands");
    is("ifconf --configurator dhcp6 --timeout 10 ||", "wrong-operands");
    is("imgfetch --quiet --timeout 1 a ||", "unknown-option");
    let sum = found("sha256sum a ||", Rules::server());
    assert_eq!(sum, [(1, "unknown-command"), (1, "endless-wait")]);
    is("initrd --timeout 1 a b --name c ||", "option-after-operand");
    clean("kernel --timeout 1 a --root=/dev/sda ||");
    let v2 = Rules { release: Release::V2, ..Rules::server() };
    assert_eq!(found("params ||", v2), []);
    assert_eq!(found("ping --count 1 a ||", v2), [(1, "unknown-command")]);
    assert_eq!(found("params --method PUT ||", v2), [(1, "unknown-option")]);
    assert_eq!(found("imgset --timeout 1 x a ||", v2), [(1, "unknown-command")]);
    let master = Rules { release: Release::Master, ..Rules::server() };
    let text =
        "params --method PUT ||\nimgfetch --quiet --timeout 1 a ||\nimgset --timeout 1 x a ||";
    assert_eq!(found(text, master), []);
}

#[test]
fn failures_are_caught() {
    for text in ["ifopen net0", "isset ${x}", "isset a && iseq b c", "imgfree a", "boot"] {
        assert!(found(text, Rules::server()).contains(&(1, "unguarded-failure")), "{text}");
    }
    is("set net0/ip ${x}", "unguarded-failure");
    is("set netX/ip 10.0.0.1", "unguarded-failure");
    is("set 3 nonsense", "unguarded-failure");
    is("set san-drive zz", "unguarded-failure");
    is("set smbios/serial 1", "unguarded-failure");
    is("set net0/ifname 1", "unguarded-failure");
    is("set x:hex +1:02", "unguarded-failure");
    is("set n:int32 x", "unguarded-failure");
    is("echo ${x}", "unguarded-failure");
    assert_eq!(found("set n a\ninc n", Rules::server()), [(2, "unguarded-failure")]);
    clean("set n:int32 0\ninc n 2\nset a b c\nclear x\nsanunhook\nimgfree\necho x${x}\nsleep 2");
    clean("menu m\nitem a\nitem --gap b\nmenu --name n\nitem --menu n a");
    is("item a", "unguarded-failure");
    assert_eq!(found("menu m\nmenu --delete\nitem a", Rules::server()), [(3, "unguarded-failure")]);
    clean("isset a && iseq b c ||\nisset a || isset b && echo ||\nifopen net0 ; echo");
}

#[test]
fn waits_have_an_end() {
    is("chain next ||", "endless-wait");
    is("kernel --timeout 0 next ||", "endless-wait");
    is("iflinkwait net0 ||", "endless-wait");
    is("sync ||", "endless-wait");
    is("ping --timeout 1 a ||", "endless-wait");
    is("sleep ${x} ||", "endless-wait");
    is("sleep 3601", "endless-wait");
    is("ifconf net0 ||", "own-limit");
    is("prompt ||", "waits-for-person");
    is("shell ||", "waits-for-person");
    is("choose x ||", "waits-for-person");
    is("sanhook iscsi:a::::b iscsi:c::::d ||", "several-paths");
    clean("sanhook iscsi:a::::b || sanhook iscsi:c::::d || exit");
    is("choose --timeout 5000 x ||", "waits-for-person");
    is("read --timeout 5000 x ||", "waits-for-person");
    is("kernel --timeout 4000000000 next ||", "endless-wait");
    is("console --picture http://a/b ||", "endless-wait");
    is("certstore certificate ||", "endless-wait");
    clean("prompt --timeout 1000 x ||\nchoose --timeout 5000 --retimeout 5000 x ||");
    clean("dhcp --timeout 5000 ||\nconsole --x 800 ||\ncertstore ||");
    clean("kernel --timeout 1 a/vmlinuz ||\nimgargs vmlinuz quiet ||\nboot ||");
}

#[test]
fn a_timeout_is_noted_once() {
    let script = Script::parse("#!ipxe\nimgfetch --timeout 1 a ||\nchain --timeout 1 b ||\n");
    let notes = lint(&script.unwrap(), &Rules::server());
    assert_eq!(
        notes.iter().map(|f| (f.line, f.code)).collect::<Vec<_>>(),
        [(2, Code::IdleTimeout)]
    );
}

#[test]
fn labels_and_settings() {
    is("goto nowhere ||", "missing-label");
    clean(":a\nisset x && goto a${b} ||");
    assert_eq!(found(":a\n:a", Rules::server()), [(2, "duplicate-label")]);
    is("echo a ${x:int64}", "unknown-type");
    is("echo a ${x", "unclosed-setting");
}

#[test]
fn answers_of_servers_are_the_same_from_every_server() {
    is("kernel --timeout 1 http://10.0.2.2/vmlinuz ||", "absolute-server");
    is("sanboot http://10.0.2.2/a.iso ||", "absolute-server");
    let several = found("sanhook a http://10.0.2.2/a.iso ||", Rules::server());
    assert_eq!(several, [(1, "several-paths"), (1, "absolute-server")]);
    is("inc idx", "reserved-setting");
    is("set orch-n:int32 0", "reserved-setting");
    is("set net0/orch-n 0", "reserved-setting");
    clean("set orch-answer install\nkernel --timeout 1 ${cwduri}vmlinuz url=http://a/ ||");
    let image = Rules::image(Medium::Cd);
    assert_eq!(found("set orch-n 0\nchain --timeout 1 http://a/ ||", image), []);
    assert_eq!(found("set net0/orch-n 0", image), [(1, "reserved-setting")]);
}

/// From the sources: the TFTP client follows `next-server`.
#[test]
fn relative_addresses_are_those_of_dhcp_after_it() {
    let load = "kernel --timeout 1 vmlinuz || exit";
    for mover in [
        "dhcp --timeout 5000 || exit",
        "ifconf --timeout 5000 net0 || exit",
        "set next-server 10.0.2.2",
        "set net0/next-server 10.0.2.2",
        "dhcp --timeout 5000 && goto a ||\nexit\n:a",
    ] {
        let line = mover.lines().count() + 1;
        let moved = [(line, "moved-address")];
        assert_eq!(found(&format!("{mover}\n{load}"), Rules::server()), moved, "{mover}");
        assert_eq!(found(&format!("{mover}\nset url ${{cwduri}}t/x/"), Rules::server()), moved);
        let kept =
            format!("set base ${{cwduri}}\n{mover}\nkernel --timeout 1 ${{base}}vmlinuz || exit");
        assert_eq!(found(&kept, Rules::server()), []);
        let image = format!(
            "kernel --timeout 1 t/x/vmlinuz || exit\n{mover}\nimgargs vmlinuz quiet || exit\nboot || exit"
        );
        assert_eq!(found(&image, Rules::server()), []);
        let v2 = Rules { release: Release::V2, ..Rules::server() };
        assert_eq!(found(&format!("{mover}\n{load}"), v2), []);
    }
    is("dhcp --timeout 5000 && sanhook disk.img ||", "moved-address");
    clean("dhcp --timeout 5000 && exit ||\nkernel --timeout 1 vmlinuz || exit");
    clean("dhcp --timeout 5000 --configurator ipv6 ||\nkernel --timeout 1 vmlinuz || exit");
    clean(":a\nkernel --timeout 1 vmlinuz || exit\ndhcp --timeout 5000 || exit");
}

#[test]
fn nothing_starts_the_image_again() {
    for options in [
        r"--drive 0 --filename \EFI\BOOT\BOOTX64.EFI",
        "--drive 0 --filename /efi/boot/bootaa64.efi",
        r"--filename \EFI\BOOT\BOOTIA32.EFI",
        "--drive 0",
    ] {
        is(&format!("sanboot {options} ||"), "boots-itself");
    }
    clean("sanboot --drive 0x80 ||");
    clean(r"sanboot --drive 0 --filename \EFI\debian\shimx64.efi ||");
    clean(r"sanboot --drive 0x81 --filename \EFI\BOOT\BOOTX64.EFI ||");
}

#[test]
fn a_line_has_fewer_than_200_words() {
    let line = |words: usize| format!("echo {}", "a ".repeat(words - 1).trim_end());
    clean(&line(199));
    is(&line(200), "long-line");
    is(&format!("# {}", line(200)), "long-line");
    let many = found(&line(257), Rules::server());
    assert_eq!(many, [(1, "wrong-operands"), (1, "long-line")]);
}

#[test]
fn values_of_the_machine_are_used_in_a_plain_form() {
    is("set a ${serial:uristring}", "foreign-value");
    is("isset ${asset} ||", "foreign-value");
    clean("set a ${serial:hexraw}\nchain --timeout 1 a?s=${a}&u=${uuid} ||");
}

#[test]
fn an_image_has_16_kib() {
    let text = "echo\n".repeat(REGION_LEN / 5);
    assert_eq!(found(&text, Rules::image(Medium::Cd)), [(0, "over-region")]);
    assert_eq!(found(&text, Rules::server()), []);
}

#[test]
fn nothing_boots_without_its_claim() {
    let load = "kernel --timeout 1 a || exit 1\n";
    let claim = "imgfetch --name claim --timeout 1 t/x/claim || exit 1\n";
    let of = |text: &str| found(text, Rules::install());
    assert_eq!(of(&format!("{load}{claim}boot || exit 1")), []);
    assert_eq!(of(&format!("{load}boot || exit 1")), [(2, "missing-claim")]);
    assert_eq!(of(&format!("{claim}{load}boot || exit 1")), [(2, "work-after-claim")]);
    let answer =
        "initrd --timeout 1 t/x/answer/a a || exit 1\nimgfetch --timeout 1 t/x/report?a=b ||\n";
    assert_eq!(of(&format!("{load}{claim}{answer}boot || exit 1")), []);
    let ignored = "imgfetch --timeout 1 t/x/claim ||\n";
    assert_eq!(of(&format!("{load}{ignored}boot || exit 1")), [(3, "missing-claim")]);
    assert_eq!(of("sanboot a ||"), [(1, "missing-claim")]);
    assert_eq!(of("exit 1"), []);
}
