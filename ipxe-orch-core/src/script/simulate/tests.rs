use super::*;
use crate::script::{Firmware, Release};

fn world(firmware: Firmware) -> World {
    let mut world = World::new(firmware);
    world.nics.push(Nic { mac: "52:54:00:12:34:56".to_owned(), link: true, dhcp: true });
    world
}

fn answers(world: &mut World, address: &str, answer: Answer) {
    world.answers.insert(format!("http://a/{address}"), answer);
}

fn run(text: &str, world: &World) -> Run {
    simulate(&Script::parse(&format!("#!ipxe\ndhcp ||\n{text}\n")).unwrap(), world)
}

fn script(text: &str) -> Answer {
    Answer::Script(format!("#!ipxe\n{text}\n"))
}

#[test]
fn settings_of_a_chained_script_persist_and_its_status_decides() {
    let mut world = world(Firmware::Bios);
    answers(&mut world, "d/ok", script("set x 1\nset c ${cwduri}\nexit 0"));
    answers(&mut world, "d/bad", script("set y 1\nexit 3"));
    let text = "chain http://a/d/ok && isset ${x} && iseq ${c} http://a/d/ && chain http://a/d/bad || exit\n\
                poweroff";
    assert_eq!(run(text, &world).ending, Ending::NextDevice);
    let replaced = "chain --replace http://a/d/ok\nreboot";
    assert_eq!(run(replaced, &world).ending, Ending::NextDevice);
    assert_eq!(
        run("chain --autofree http://a/d/ok\nimgfree ok", &world).ending,
        Ending::Failed { line: 4 }
    );
    assert_eq!(run("chain http://a/d/ok\nimgfree ok", &world).ending, Ending::NextDevice);
}

/// From the sources of both releases.
#[test]
fn another_next_server_is_what_addresses_are_relative_to() {
    let mut world = world(Firmware::Uefi);
    let child = "iseq ${cwduri} http://a/d/ || exit 1\nset next-server 10.0.2.9\nimgfetch x ||\n\
                 iseq ${cwuri} tftp://10.0.2.9/ && exit 0 || exit 1";
    answers(&mut world, "d/child", script(child));
    answers(&mut world, "d/v2", script("set next-server 10.0.2.9\nimgfetch x && exit 0 || exit 1"));
    answers(&mut world, "d/x", Answer::Data);
    world.address = "http://a/d/script".to_owned();
    let moved =
        run("iseq ${cwduri} tftp://10.0.2.2/ || exit\nchain http://a/d/child && poweroff", &world);
    assert_eq!(moved.ending, Ending::Off);
    assert_eq!(moved.requests, ["http://a/d/child", "tftp://10.0.2.9/x"]);
    let back = "chain http://a/d/child\niseq ${cwuri} tftp://10.0.2.2/ && poweroff";
    assert_eq!(run(back, &world).ending, Ending::Off);
    world.release = Release::V2;
    let own = "iseq ${cwduri} http://a/d/ && chain v2 && imgfetch x && poweroff";
    assert_eq!(run(own, &world).ending, Ending::Off);
    world.address.clear();
    let none = "iseq ${cwduri} tftp://10.0.2.2/ && poweroff";
    assert_eq!(run(none, &world).ending, Ending::Off);
}

#[test]
fn what_is_no_script_hangs_a_bios() {
    let [mut bios, mut uefi] = [Firmware::Bios, Firmware::Uefi].map(world);
    for world in [&mut bios, &mut uefi] {
        answers(world, "portal", Answer::Data);
    }
    let text = "chain --timeout 1000 http://a/portal ||\nexit 1";
    assert_eq!(run(text, &bios).ending, Ending::Hung);
    assert_eq!(run(text, &uefi).ending, Ending::NextEntry);
}

#[test]
fn waits_take_as_long_as_they_take() {
    let mut world = world(Firmware::Bios);
    for (name, answer) in [
        ("silent", Answer::Silent),
        ("stalls", Answer::Stalls),
        ("busy", Answer::Busy),
        ("redirects", Answer::Redirects),
        ("refused", Answer::Refused),
    ] {
        answers(&mut world, name, answer);
    }
    let took = |text: &str| run(text, &world).elapsed.as_millis() - 100;
    assert_eq!(took("imgfetch --timeout 5000 http://a/silent ||"), 5000);
    assert_eq!(took("imgfetch http://a/silent ||"), 16_000);
    assert_eq!(took("imgfetch --timeout 3000 http://a/busy ||"), 3000);
    assert_eq!(took("imgfetch http://a/refused ||\nsleep 2"), 2000);
    for name in ["stalls", "busy", "redirects"] {
        assert_eq!(run(&format!("imgfetch http://a/{name} ||"), &world).ending, Ending::Hung);
    }
}

#[test]
fn a_claim_is_granted_once_and_the_selected_kernel_stays() {
    let mut world = world(Firmware::Uefi);
    answers(&mut world, "vmlinuz", Answer::Kernel);
    answers(&mut world, "claim", Answer::Once(Box::new(Answer::Data)));
    let text = "kernel http://a/vmlinuz a b\nimgfetch --name claim http://a/claim || exit 7\nimgfree claim\n";
    let booted = Ending::Kernel { name: "vmlinuz".to_owned(), args: "a b".to_owned() };
    assert_eq!(run(&format!("{text}boot"), &world).ending, booted);
    let twice = format!("{text}imgfetch http://a/claim && boot || goto no\n:no\nexit 1");
    assert_eq!(run(&twice, &world).ending, Ending::NextEntry);
    let freed = format!("{text}imgfree\nboot\nexit 1");
    assert_eq!(run(&freed, &world).ending, Ending::NextEntry);
}

#[test]
fn drives_and_loaders() {
    let mut bios = world(Firmware::Bios);
    bios.disks = vec![Disk::default(), Disk { boots: true, ..Disk::default() }];
    let text = "sanboot --drive 0x80 ||\nsanboot --drive 0x81 ||";
    assert_eq!(run(text, &bios).ending, Ending::Drive(0x81));
    answers(&mut bios, "disk", Answer::Disk);
    let hooked = "sanhook http://a/disk\n";
    assert_eq!(
        run(&format!("{hooked}{text}"), &bios).ending,
        Ending::San("http://a/disk".to_owned())
    );
    assert_eq!(run(&format!("{hooked}sanunhook\n{text}"), &bios).ending, Ending::Drive(0x81));
    bios.medium = crate::image::Medium::Disk;
    assert_eq!(run(text, &bios).ending, Ending::Itself);
    let mut uefi = world(Firmware::Uefi);
    uefi.disks = vec![Disk { boots: true, loaders: vec![r"\EFI\debian\shimx64.efi".to_owned()] }];
    let text = r"sanboot --drive 0 --filename \efi\DEBIAN\shimx64.efi ||";
    assert_eq!(run(text, &uefi).ending, Ending::Loader(r"\efi\DEBIAN\shimx64.efi".to_owned()));
    assert_eq!(run("sanboot --drive 0x81", &uefi).ending, Ending::Drive(0x81));
    assert_eq!(run("sanboot", &uefi).ending, Ending::Itself);
}

#[test]
fn endings_without_a_boot() {
    let of = |text: &str| run(text, &world(Firmware::Uefi)).ending;
    assert_eq!(of("exit"), Ending::FirmwareMenu);
    assert_eq!(of("exit 2"), Ending::NextEntry);
    assert_eq!(of("isset ${none}"), Ending::Failed { line: 3 });
    assert_eq!(of(":a\ngoto a"), Ending::Loop);
    assert_eq!(of("shell"), Ending::Person);
    assert_eq!(of("reboot"), Ending::Reset);
    assert_eq!(of("poweroff"), Ending::Off);
    assert_eq!(of("set x:hexraw 247b783a737472696e677d\necho ${x:string}"), Ending::Hung);
    assert_eq!(
        of("menu m\nitem a\nitem b\nchoose --default b --timeout 1 x\niseq ${x} b && exit 1"),
        Ending::NextEntry
    );
}

/// A command to a SAN drive has a limit of its own. Other downloads have none.
#[test]
fn a_drive_that_stalls_is_given_up() {
    let mut world = world(Firmware::Bios);
    answers(&mut world, "stalls", Answer::Stalls);
    for command in ["sanboot", "sanhook"] {
        let run = run(&format!("{command} http://a/stalls ||\nexit 1"), &world);
        assert_eq!(run.ending, Ending::NextDevice, "{command}");
        assert!((160..180).contains(&run.elapsed.as_secs()), "{command}: {:?}", run.elapsed);
    }
    assert_eq!(run("imgfetch http://a/stalls ||\nexit 1", &world).ending, Ending::Hung);
}

/// From the sources (`core/sanboot.c`).
#[test]
fn several_addresses_are_ways_to_one_drive() {
    let mut world = world(Firmware::Bios);
    world.address = "http://a/script".to_owned();
    for (name, answer) in [
        ("disk", Answer::Disk),
        ("gone", Answer::NotFound),
        ("silent", Answer::Silent),
        ("stalls", Answer::Stalls),
    ] {
        answers(&mut world, name, answer);
    }
    let of = |uris: &str| {
        let text = format!("sanhook {uris} && sanboot ||\nexit");
        let run = simulate(
            &Script::parse(&format!("#!ipxe\nset net0/ip 10.0.2.15\nifopen net0\n{text}\n"))
                .unwrap(),
            &world,
        );
        (run.ending, run.requests.len(), run.elapsed.as_secs())
    };
    let disk = Ending::San("http://a/disk".to_owned());
    assert_eq!(of("gone disk"), (Ending::NextDevice, 1, 0));
    assert_eq!(of("disk gone"), (disk.clone(), 1, 0));
    assert_eq!(of("silent disk"), (disk, 1, 0));
    assert_eq!(of("stalls disk"), (Ending::NextDevice, 1, 165));
    assert_eq!(of("silent"), (Ending::NextDevice, 1, 16));
    assert_eq!(of("disk && sanhook disk"), (Ending::NextDevice, 1, 0));
}

#[test]
fn a_volume_is_found_by_all_that_is_told_of_it() {
    let mut world = world(Firmware::Uefi);
    let loaders = [r"\EFI\a.efi", r"\EFI\BOOT\BOOTX64.EFI"].map(str::to_owned).to_vec();
    world.disks.push(Disk { boots: true, loaders: loaders.clone() });
    let told =
        |options: &str| run(&format!("sanboot --drive 0 {options} ||\nexit 1"), &world).ending;
    let [a, default] = [0, 1].map(|index| Ending::Loader(loaders[index].clone()));
    assert_eq!(told(r"--filename \EFI\a.efi --extra \EFI\a.efi"), a);
    assert_eq!(told(r"--extra \EFI\a.efi"), default);
    assert_eq!(told(r"--filename \EFI\a.efi --extra \EFI\b.efi"), Ending::NextEntry);
    assert_eq!(told(r"--filename \EFI\a.efi --label b"), Ending::NextEntry);
    let of_the_image = r"\efi\boot\BootX64.efi";
    assert_eq!(told(&format!("--filename {of_the_image}")), Ending::Itself);
    assert_eq!(told(&format!("--extra {of_the_image}")), Ending::Itself);
    assert_eq!(
        told(&format!(r"--filename {of_the_image} --extra \EFI\a.efi")),
        Ending::Loader(of_the_image.to_owned())
    );
    assert_eq!(told(r"--filename \EFI\BOOT\BOOTAA64.EFI"), Ending::NextEntry);
    assert_eq!(told(r"--drive 0x80 --filename \EFI\a.efi"), Ending::NextEntry);
    assert_eq!(told(r"--drive 0x81 --filename \EFI\a.efi"), a);
    assert_eq!(told("--uuid 01234567-0123-0123-0123-0123456789ab"), Ending::NextEntry);
    assert_eq!(told(""), Ending::Itself);
}
