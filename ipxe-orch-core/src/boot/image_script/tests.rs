use super::*;
use crate::{
    boot::LOCAL_SCRIPT,
    host::{StaticV4, StaticV6},
    ids::{HostId, ImageGeneration},
    image::REGION_LEN,
    keys::KeyRing,
    memory::CountingRandom,
    time::Timestamp,
};

fn identity() -> ImageIdentity {
    let random = CountingRandom::default();
    let ring = KeyRing::generate_image_key(Timestamp::from_millis(0), &random);
    ImageIdentity::derive(&ring.keys()[0], HostId::from_bytes([1; 16]), ImageGeneration(0))
}

fn nic(number: u8) -> Nic {
    let mut nic = Nic::new(format!("52:54:00:00:00:{number:02x}").parse().unwrap());
    let gateway = Some("10.0.2.2".parse().unwrap());
    nic.v4 = Some(StaticV4 { address: "10.0.2.15/24".parse().unwrap(), gateway });
    nic.dns = vec!["10.0.2.3".parse().unwrap()];
    nic
}

fn script(nics: Vec<Nic>, servers: usize, local_boot: LocalBoot) -> String {
    let mut host = HostSpec::new("web1".parse().unwrap(), nics);
    host.local_boot = local_boot;
    let servers: Vec<ServerUrl> =
        (1..=servers).map(|n| format!("http://10.0.2.{n}:8080/base").parse().unwrap()).collect();
    let own = LoaderPath::try_from(r"\EFI\own\own.efi".to_owned()).unwrap();
    let image = ImageScript {
        identity: &identity(),
        host: &host,
        servers: &servers,
        loaders: std::slice::from_ref(&own),
    };
    image_script(&image).unwrap()
}

#[test]
fn one_card_and_one_server() {
    insta::assert_snapshot!(script(vec![nic(1)], 1, LocalBoot::Auto));
}

#[test]
fn a_vlan_and_ipv6_with_three_servers() {
    let mut nic = nic(1);
    nic.vlan = Some("123".parse().unwrap());
    nic.v4 = None;
    let gateway = Some("fec0::2".parse().unwrap());
    nic.v6 = Some(StaticV6 { address: "fec0::15/64".parse().unwrap(), gateway });
    nic.dns = vec!["fec0::3".parse().unwrap()];
    insta::assert_snapshot!(script(vec![nic], 3, LocalBoot::NextEntry));
}

#[test]
fn the_largest_host_fits_its_region() {
    let loader = format!(r"\EFI\{}", "x".repeat(100));
    let local = LocalBoot::Loader(LoaderPath::try_from(loader).unwrap());
    let nics = (1..=16).map(nic).collect();
    let text = script(nics, 3, local);
    assert!(text.len() < REGION_LEN, "{} bytes", text.len());
}

/// A command that fails without `||` ends the whole script: BIOS then goes on by int 18h, but
/// UEFI may open its setup menu.
#[test]
fn no_command_that_can_fail_is_left_alone() {
    let safe = ["set ", "inc ", "echo ", "goto ", ":", "#", "exit"];
    let text = script(vec![nic(1), nic(2)], 2, LocalBoot::Auto);
    for line in text.lines().filter(|line| !safe.iter().any(|word| line.starts_with(word))) {
        assert!(line.contains("||"), "{line}");
    }
}

#[test]
fn every_label_is_there() {
    for text in [
        script(vec![nic(1), nic(2)], 2, LocalBoot::Auto),
        script(vec![nic(1)], 1, LocalBoot::NextEntry),
    ] {
        let targets = text.lines().filter_map(|line| line.split_once("goto ")).map(|(_, to)| to);
        for target in targets.map(|to| to.trim_end_matches(" ||")) {
            let label = target.replace("${orch-nic}", "0");
            assert!(text.lines().any(|line| line == format!(":{label}")), "{target}");
        }
    }
}

#[test]
fn the_decision_for_the_local_disk_takes_at_most_20_seconds() {
    for servers in 1..=MAX_SERVERS {
        let timing = Timing::new(servers);
        assert!(timing.worst_case() <= BUDGET, "{servers}: {timing:?}");
        assert!(timing.worst_case() > Duration::from_secs(19), "{servers}: {timing:?}");
        assert!(timing.canary >= Duration::from_secs(1), "{servers}: {timing:?}");
    }
}

#[test]
fn too_many_servers_and_no_card_are_refused() {
    let host = HostSpec::new("web1".parse().unwrap(), Vec::new());
    let servers = vec!["http://a".parse().unwrap(); 4];
    let identity = identity();
    let with = |servers| {
        image_script(&ImageScript { identity: &identity, host: &host, servers, loaders: &[] })
    };
    assert_eq!(with(&servers), Err(ImageScriptError::Servers(4)));
    assert_eq!(with(&[]), Err(ImageScriptError::Servers(0)));
    assert_eq!(with(&servers[..1]), Err(ImageScriptError::NoNic));
}

#[test]
fn answers_are_scripts() {
    for script in [LOCAL_SCRIPT, crate::boot::CLAIMED_SCRIPT] {
        assert!(script.starts_with("#!ipxe\n"));
    }
}
