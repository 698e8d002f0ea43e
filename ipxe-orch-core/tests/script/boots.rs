//! Whole boots: the script of an image with servers that answer, refuse or are dead.

use crate::images::text;
use ipxe_orch_core::{
    boot::{CLAIMED_SCRIPT, LOCAL_SCRIPT, MAX_SERVERS, Timing},
    host::{LocalBoot, Nic, StaticV4},
    image::Medium,
    script::{self, Answer, Disk, Ending, Firmware, Run, Script, World, simulate},
};
use std::time::Duration;

const LOADER: &str = r"\EFI\debian\shimx64.efi";

/// The addresses that [`text`] gives the servers of an image, with the path of the boot request.
const SERVERS: [&str; MAX_SERVERS] = [
    "http://10.0.2.1:8080/base/boot/v1/",
    "https://[fec0::2]/boot/v1/",
    "http://orch.example/boot/v1/",
];

const INSTALL: &str = "#!ipxe\nset orch-answer install\n\
    kernel --timeout 10000 t/x/media/vmlinuz url=${cwduri}t/x/ || goto failed\n\
    imgfetch --name claim --timeout 3000 t/x/claim || goto failed\nimgfree claim ||\n\
    boot || goto failed\n:failed\nexit 1\n";

pub(crate) fn world(firmware: Firmware, dead: &Answer) -> World {
    let mut world = World::new(firmware);
    let nic = |mac: &str| script::Nic { mac: mac.to_owned(), link: true, dhcp: false };
    world.nics = vec![nic("52:54:00:00:00:aa"), nic("52:54:00:00:00:01")];
    world.disks = vec![Disk { boots: true, loaders: vec![LOADER.to_owned()] }];
    for path in
        SERVERS.iter().flat_map(|server| ["canary", "script"].map(|n| format!("{server}{n}")))
    {
        world.answers.insert(path, dead.clone());
    }
    world
}

pub(crate) fn serves(world: &mut World, server: usize, script: &str) {
    let at = |path: &str| format!("{}{path}", SERVERS[server]);
    world.answers.insert(at("canary"), Answer::NotFound);
    world.answers.insert(at("script"), Answer::Script(script.to_owned()));
    world.answers.insert(at("t/x/media/vmlinuz"), Answer::Kernel);
    let claimed = Answer::Script(CLAIMED_SCRIPT.to_owned());
    world.answers.insert(at("t/x/claim"), Answer::Once(Box::new(claimed)));
}

pub(crate) fn boot(world: &World) -> Run {
    let mut nic = Nic::new("52:54:00:00:00:01".parse().unwrap());
    nic.v4 = Some(StaticV4 { address: "10.0.2.15/24".parse().unwrap(), gateway: None });
    let text = text(vec![nic], MAX_SERVERS, LocalBoot::Search, Medium::Cd);
    simulate(&Script::parse(&text).unwrap(), world)
}

fn disk(firmware: Firmware) -> Ending {
    match firmware {
        Firmware::Bios => Ending::Drive(0x80),
        _ => Ending::Loader(LOADER.to_owned()),
    }
}

#[test]
fn dead_servers_cost_what_the_timing_says() {
    let timing = Timing::new(MAX_SERVERS, 1);
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        for dead in [Answer::Silent, Answer::Stalls, Answer::Busy, Answer::Redirects] {
            let run = boot(&world(firmware, &dead));
            assert_eq!(run.ending, disk(firmware));
            let each = (timing.canary + timing.script) * u32::try_from(MAX_SERVERS).unwrap();
            let all = each * timing.rounds + timing.pause * (timing.rounds - 1);
            let spent = run.elapsed.checked_sub(all).unwrap();
            assert!(spent.as_millis() <= 200, "{dead:?}: {spent:?} beyond {all:?}");
        }
        for dead in [Answer::Refused, Answer::ServerError, Answer::NotFound] {
            assert_eq!(boot(&world(firmware, &dead)).ending, disk(firmware));
        }
    }
}

#[test]
fn the_answer_of_any_server_is_the_last_word() {
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        for server in 0..MAX_SERVERS {
            let mut world = world(firmware, &Answer::Silent);
            serves(&mut world, server, LOCAL_SCRIPT);
            let run = boot(&world);
            assert_eq!(run.ending, disk(firmware));
            let asked = run.trace.iter().filter(|step| step.command.starts_with("chain ")).count();
            assert_eq!(asked, server + 1);
        }
    }
}

#[test]
fn an_install_boots_once_and_then_the_disk() {
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let mut world = world(firmware, &Answer::Refused);
        serves(&mut world, 1, INSTALL);
        let args = "url=https://[fec0::2]/boot/v1/t/x/".to_owned();
        let name = "vmlinuz".to_owned();
        assert_eq!(boot(&world).ending, Ending::Kernel { name, args });
        world.answers.insert(format!("{}t/x/claim", SERVERS[1]), Answer::NotFound);
        assert_eq!(boot(&world).ending, disk(firmware));
        world.answers.insert(format!("{}t/x/media/vmlinuz", SERVERS[1]), Answer::Stalls);
        assert_eq!(boot(&world).ending, disk(firmware));
    }
}

#[test]
fn a_portal_and_a_machine_without_its_nic_cost_nothing() {
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let mut world = world(firmware, &Answer::Data);
        let run = boot(&world);
        assert_eq!(run.ending, disk(firmware));
        assert!(!run.trace.iter().any(|step| step.command.starts_with("chain ")));
        world.nics.pop();
        let run = boot(&world);
        assert_eq!((run.ending, run.elapsed.as_millis()), (disk(firmware), 0));
        world.nics[0].mac = "52:54:00:00:00:01".to_owned();
        world.nics[0].link = false;
        let run = boot(&world);
        assert_eq!((run.ending, run.elapsed), (disk(firmware), Timing::new(1, 1).link));
    }
}

/// C17: of two cards with one MAC address, the first has no link.
#[test]
fn the_second_card_of_a_mac_address_is_tried() {
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let mut world = world(firmware, &Answer::Refused);
        serves(&mut world, 0, INSTALL);
        world.nics[0].mac = "52:54:00:00:00:01".to_owned();
        world.nics[0].link = false;
        let run = boot(&world);
        assert!(matches!(run.ending, Ending::Kernel { .. }), "{run:?}");
        let link = Timing::new(MAX_SERVERS, 1).link;
        assert!(run.elapsed >= link && run.elapsed < link + Duration::from_secs(5), "{run:?}");
        // Without a link on both, only links take time. With a link on both, only the first is used.
        world.nics[1].link = false;
        let run = boot(&world);
        assert_eq!((run.ending, run.elapsed), (disk(firmware), link * 2));
        let mut world = self::world(firmware, &Answer::Silent);
        let one = boot(&world).elapsed;
        world.nics[0].mac = "52:54:00:00:00:01".to_owned();
        assert_eq!(boot(&world).elapsed, one);
    }
}
