//! For fuzzers: any bytes through all parts of the model.

use super::{
    Answer, Card, Disk, Ending, Firmware, Role, Rules, Script, World, lint, prove, simulate,
};
use crate::{boot::CLAIMED_SCRIPT, image::Medium};

/// Reads, lints, proves and runs what `bytes` hold, and holds the proof to the runs: a script
/// that is proved strands no machine in any of the worlds that it runs in here. Says whether it
/// was proved, as the script of an image, for any firmware.
///
/// # Panics
/// With a fault of the model: the harness of fuzzers and property tests is to find it.
pub fn exercise(bytes: &[u8]) -> bool {
    let Ok(script) = Script::parse(&String::from_utf8_lossy(bytes)) else { return false };
    let mut any = false;
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let proved = prove(&script, firmware, Role::Image(Medium::Cd)).is_ok();
        any |= proved;
        prove(&script, firmware, Role::Server).ok();
        for world in worlds(firmware) {
            let ending = simulate(&script, &world).ending;
            let text = String::from_utf8_lossy(bytes);
            assert!(!proved || !strands(&ending), "proved, and {ending:?} in {world:?}: {text}");
        }
    }
    for rules in [Rules::image(Medium::Cd), Rules::server(), Rules::install()] {
        lint(&script, &rules);
    }
    any
}

/// [`Ending::Loop`] is none: a proved script may take more steps than a run.
fn strands(ending: &Ending) -> bool {
    matches!(
        ending,
        Ending::FirmwareMenu
            | Ending::Failed { .. }
            | Ending::Itself
            | Ending::Hung
            | Ending::Person
            | Ending::Reset
            | Ending::Off
    )
}

/// Without anything, and with all that a script can hope for.
fn worlds(firmware: Firmware) -> [World; 3] {
    let bare = World::new(firmware);
    let mut rich = bare.clone();
    let mac = "52:54:00:12:34:56".to_owned();
    rich.cards = vec![Card { mac, link: true, dhcp: true }; 2];
    let loaders = vec![r"\EFI\debian\shimx64.efi".to_owned()];
    rich.disks = vec![Disk { boots: true, loaders }];
    let script = |text: &str| Answer::Script(text.to_owned());
    for (name, answer) in [
        ("kernel", Answer::Kernel),
        ("disk", Answer::Disk),
        ("ok", script("#!ipxe\nset orch-answer local\nexit\n")),
        ("bad", script("#!ipxe\nset x 1\nexit 1\n")),
        ("stalls", Answer::Stalls),
        ("claim", Answer::Once(Box::new(script(CLAIMED_SCRIPT)))),
    ] {
        rich.answers.insert(format!("http://a/{name}"), answer);
    }
    let mut dark = rich.clone();
    dark.disks.clear();
    dark.cards.iter_mut().for_each(|card| card.link = false);
    [bare, rich, dark]
}
