use super::*;
use crate::{
    boot::LOCAL_SCRIPT,
    host::{LocalBoot, Nic, StaticV4, StaticV6},
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
    script_on(Medium::Cd, nics, servers, local_boot)
}

fn script_on(medium: Medium, nics: Vec<Nic>, servers: usize, local_boot: LocalBoot) -> String {
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
        medium,
    };
    image_script(&image).unwrap().text
}

#[test]
fn one_nic_and_one_server() {
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
    for local in [LocalBoot::Loader(LoaderPath::try_from(loader).unwrap()), LocalBoot::Search] {
        let text = script((1..=16).map(nic).collect(), 3, local);
        assert!(text.len() < REGION_LEN, "{} bytes", text.len());
    }
}

/// A database may contain such paths from before they were refused.
#[test]
fn the_images_own_loaders_are_no_local_disk() {
    let own = LoaderPath::try_from(r"\efi\boot\bootx64.efi".to_owned()).unwrap();
    let text = script(vec![nic(1)], 1, LocalBoot::Loader(own));
    assert_eq!(text, script(vec![nic(1)], 1, LocalBoot::Auto));
}

/// A command that fails without `||` ends the whole script. A BIOS then goes on with int 18h, but
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

/// The first NIC has both families. The second one has a VLAN and a name server of one family.
#[test]
fn two_nics_with_both_families() {
    let mut first = nic(1);
    let gateway = Some("fec0::2".parse().unwrap());
    first.v6 = Some(StaticV6 { address: "fec0::15/64".parse().unwrap(), gateway });
    first.dns.push("fec0::3".parse().unwrap());
    let mut second = nic(2);
    second.vlan = Some("7".parse().unwrap());
    insta::assert_snapshot!(script(vec![first, second], 2, LocalBoot::Drive(0x82)));
}

fn drives(medium: Medium, local_boot: LocalBoot) -> Vec<String> {
    let text = script_on(medium, vec![nic(1)], 1, local_boot);
    let drive =
        |line: &str| line.strip_prefix("sanboot --no-describe --drive 0x").map(str::to_owned);
    text.lines().filter_map(drive).collect()
}

#[test]
fn the_image_never_boots_itself_as_a_local_disk() {
    let all = ["80 ||", "81 ||", "82 ||", "83 ||", "84 ||", "85 ||", "86 ||", "87 ||"];
    assert_eq!(drives(Medium::Cd, LocalBoot::Auto), all);
    assert_eq!(drives(Medium::Disk, LocalBoot::Auto), all[1..]);
    assert_eq!(drives(Medium::Disk, LocalBoot::Drive(0x83)), ["83 ||"]);
    assert_eq!(drives(Medium::Disk, LocalBoot::Drive(0x80)), all[1..]);
    assert_eq!(drives(Medium::Cd, LocalBoot::NextEntry), [""; 0]);
}

#[test]
fn the_loader_of_the_host_comes_first_and_each_once() {
    let wanted = LoaderPath::try_from(r"\EFI\debian\shimx64.efi".to_owned()).unwrap();
    assert_eq!(
        loaders(LocalBoot::Loader(wanted)),
        [r"\EFI\debian\shim${orch-efi}.efi", r"\EFI\own\own.efi"]
    );
}

/// An old system on another disk must not start: only the firmware knows which disk is first.
#[test]
fn loaders_that_nobody_named_are_looked_for_only_if_asked_for() {
    assert_eq!(loaders(LocalBoot::Auto), [r"\EFI\own\own.efi"]);
    assert_eq!(loaders(LocalBoot::NextEntry), [""; 0]);
    let all = loaders(LocalBoot::Search);
    assert_eq!(all[0], r"\EFI\own\own.efi");
    assert_eq!(all.len(), KNOWN_LOADERS.len() + 1);
}

/// The loaders that an image looks for.
fn loaders(local_boot: LocalBoot) -> Vec<String> {
    let text = script(vec![nic(1)], 1, local_boot);
    let file = |line: &str| {
        let (_, file) = line.split_once("--filename ")?;
        Some(file.trim_end_matches(" ||").to_owned())
    };
    text.lines().filter_map(file).collect()
}

#[test]
fn warnings_come_with_the_script_and_keep_its_secret() {
    let host = HostSpec::new("web1".parse().unwrap(), vec![nic(1)]);
    let servers = ["http://[fec0::2]".parse().unwrap()];
    let (identity, medium) = (&identity(), Medium::Cd);
    let image = ImageScript { identity, host: &host, servers: &servers, loaders: &[], medium };
    let built = image_script(&image).unwrap();
    assert_eq!(built.warnings, [Warning::NoCommonFamily]);
    assert!(built.text.starts_with("#!ipxe\n"));
    assert!(!format!("{built:?}").contains(built.text.as_str()));
    assert!(!format!("{built:?}").contains("orch-query"));
}

#[test]
fn too_many_servers_and_no_nic_are_refused() {
    let host = HostSpec::new("web1".parse().unwrap(), Vec::new());
    let servers = vec!["http://a".parse().unwrap(); 4];
    let identity = identity();
    let with = |servers| {
        let (identity, host, medium) = (&identity, &host, Medium::Cd);
        image_script(&ImageScript { identity, host, servers, loaders: &[], medium })
            .map(|built| built.text)
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
