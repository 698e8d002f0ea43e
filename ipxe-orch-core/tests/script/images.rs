//! Every script that an image can have is clean and proved.

use ipxe_orch_core::{
    boot::{CLAIMED_SCRIPT, ImageIdentity, ImageScript, LOCAL_SCRIPT, MAX_SERVERS, image_script},
    host::{HostSpec, LoaderPath, LocalBoot, MAX_NICS, Nic, StaticV4, StaticV6},
    ids::{HostId, ImageGeneration},
    image::Medium,
    keys::KeyRing,
    memory::CountingRandom,
    script::{Code, End, Firmware, Role, Rules, Script, Severity, lint, prove},
    time::Timestamp,
};
use proptest::prelude::*;

const FIRMWARES: [Firmware; 2] = [Firmware::Bios, Firmware::Uefi];

fn nic(number: u8) -> impl Strategy<Value = Nic> {
    let vlan = proptest::option::of(1_u16..4095);
    let dns = proptest::sample::subsequence(vec!["10.0.2.3", "10.0.2.4", "fec0::3"], 0..=3);
    (0..3, vlan, dns, any::<bool>()).prop_map(move |(family, vlan, dns, routed)| {
        let mut nic = Nic::new(format!("52:54:00:00:00:{number:02x}").parse().unwrap());
        let v4 = || StaticV4 {
            address: format!("10.0.2.{}/24", 10 + number).parse().unwrap(),
            gateway: routed.then(|| "10.0.2.2".parse().unwrap()),
        };
        let v6 = || StaticV6 {
            address: format!("fec0::{number}/64").parse().unwrap(),
            gateway: routed.then(|| "fec0::2".parse().unwrap()),
        };
        nic.v4 = (family != 1).then(v4);
        nic.v6 = (family != 0).then(v6);
        nic.dns = dns.iter().map(|text| text.parse().unwrap()).collect();
        nic.vlan = vlan.map(|vlan| vlan.to_string().parse().unwrap());
        nic
    })
}

fn local_boot() -> impl Strategy<Value = LocalBoot> {
    let loader = LoaderPath::try_from(r"\EFI\debian\shimx64.efi".to_owned()).unwrap();
    prop_oneof![
        Just(LocalBoot::Auto),
        Just(LocalBoot::Search),
        Just(LocalBoot::NextEntry),
        Just(LocalBoot::Loader(loader)),
        (0x80_u8..).prop_map(LocalBoot::Drive),
    ]
}

pub(crate) fn text(
    nics: Vec<Nic>,
    servers: usize,
    local_boot: LocalBoot,
    medium: Medium,
) -> String {
    let ring = KeyRing::generate_image_key(Timestamp::from_millis(0), &CountingRandom::default());
    let key = &ring.keys()[0];
    let identity = ImageIdentity::derive(key, HostId::from_bytes([1; 16]), ImageGeneration(0));
    let mut host = HostSpec::new("web1".parse().unwrap(), nics);
    host.local_boot = local_boot;
    let all = ["http://10.0.2.1:8080/base", "https://[fec0::2]", "http://orch.example"];
    let servers: Vec<_> = all[..servers].iter().map(|url| url.parse().unwrap()).collect();
    let own = LoaderPath::try_from(r"\EFI\own\own.efi".to_owned()).unwrap();
    let (identity, host, servers) = (&identity, &host, &servers);
    let text = image_script(&ImageScript { identity, host, servers, loaders: &[own], medium });
    text.unwrap().text
}

/// The script of an image of release 0.1, with its serial number in a plain form.
fn plain(text: &str) -> String {
    text.replace("${serial:uristring}", "${serial:hexraw}")
}

#[track_caller]
fn clean_and_proved(text: &str, rules: Rules) {
    let script = Script::parse(text).unwrap();
    let found = lint(&script, &rules);
    let wrong: Vec<_> = found.iter().filter(|f| f.severity() > Severity::Note).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{text}");
    for firmware in FIRMWARES {
        let proof = prove(&script, firmware, rules.role);
        assert!(proof.is_ok(), "{firmware:?} {:?}\n{text}", proof.unwrap_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_image_script_is_clean_and_fails_open(
        nics in (1..=9_u8).prop_flat_map(|count| (1..=count).map(nic).collect::<Vec<_>>()),
        servers in 1..=MAX_SERVERS,
        local_boot in local_boot(),
        medium in prop_oneof![Just(Medium::Cd), Just(Medium::Disk)],
    ) {
        clean_and_proved(&text(nics, servers, local_boot, medium), Rules::image(medium));
    }
}

/// The largest number of NICs and servers, and the number of states of its proof.
#[test]
fn the_largest_image_script_is_proved_within_the_bound() {
    let nics =
        (1..=16).map(|number| Nic::new(format!("52:54:00:00:00:{number:02x}").parse().unwrap()));
    let nics: Vec<_> = nics.collect();
    assert_eq!(nics.len(), MAX_NICS);
    let text = text(nics, MAX_SERVERS, LocalBoot::Auto, Medium::Cd);
    let script = Script::parse(&text).unwrap();
    for firmware in FIRMWARES {
        let proof = prove(&script, firmware, Role::Image(Medium::Cd)).unwrap();
        println!("{firmware:?}: {} states", proof.states);
        assert!(proof.ends.iter().any(|(_, end)| *end == End::Chained));
    }
}

/// A serial number `${serial}` strands a machine with an image of release 0.1, and nothing else does.
#[test]
fn images_of_release_0_1_have_one_known_mistake() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/releases/0.1/region.ipxe");
    let text = std::fs::read_to_string(root).unwrap();
    let rules = Rules::image(Medium::Cd);
    let found = lint(&Script::parse(&text).unwrap(), &rules);
    let wrong: Vec<_> = found.iter().filter(|f| f.severity() > Severity::Note).collect();
    assert!(!wrong.is_empty() && wrong.iter().all(|f| f.code == Code::ForeignValue), "{wrong:?}");
    clean_and_proved(&plain(&text), rules);
}

#[test]
fn the_answers_of_the_server_are_clean_and_proved() {
    for text in [LOCAL_SCRIPT, CLAIMED_SCRIPT] {
        clean_and_proved(text, Rules::server());
    }
}
