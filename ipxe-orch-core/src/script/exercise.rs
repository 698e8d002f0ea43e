//! An entry point for fuzzers: sends any bytes through all parts of the model.

use super::CLAIMED_SCRIPT;
use super::{
    Answer, Code, Disk, Ending, Firmware, Nic, Role, Rules, Script, World, lint,
    prove::prove_within, simulate,
};
use crate::image::Medium;
use std::collections::BTreeSet;

/// The results for one script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Exercised {
    /// Whether it was proved as the script of an image, for at least one firmware.
    pub proved: bool,
    /// Whether a run or a proof reached its limit, which takes long.
    pub limited: bool,
    /// The codes of all findings.
    pub codes: BTreeSet<Code>,
}

/// Reads, lints, proves and simulates the script in `bytes`, and compares the proof with the runs:
/// a script that is proved must not strand a machine in any of the worlds used here.
///
/// A proof gives up after `states` states; outside of fuzzers that is
/// [`MAX_STATES`](super::MAX_STATES). Nothing further is done with a script that reaches this
/// limit.
///
/// # Panics
/// If the model is wrong, so that a fuzzer or property test notices.
pub fn exercise(bytes: &[u8], states: usize) -> Exercised {
    let text = String::from_utf8_lossy(bytes);
    let mut done = Exercised::default();
    let Ok(script) = Script::parse(&text) else { return done };
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let proof = prove_within(&script, firmware, Role::Image(Medium::Cd), states);
        let proved = proof.is_ok();
        done.proved |= proved;
        for world in worlds(firmware) {
            let ending = simulate(&script, &world).ending;
            done.limited |= ending == Ending::Loop;
            assert!(!proved || !strands(&ending), "proved, and {ending:?} in {world:?}: {text}");
        }
        let found = proof.err().into_iter().flatten().map(|finding| finding.code);
        done.codes.extend(found);
        if done.codes.contains(&Code::TooManyStates) {
            done.limited = true;
            return done;
        }
        prove_within(&script, firmware, Role::Server, states).ok();
    }
    for rules in [Rules::image(Medium::Cd), Rules::server(), Rules::install()] {
        done.codes.extend(lint(&script, &rules).iter().map(|finding| finding.code));
    }
    done
}

/// Whether a machine is stranded. [`Ending::Loop`] does not count, because a proved script may take
/// more steps than a run may.
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

/// Three worlds: one with nothing, one with everything that a script can use, and the latter
/// without links and disks. The machine of the last two has a serial number that expands to itself.
fn worlds(firmware: Firmware) -> [World; 3] {
    let bare = World::new(firmware);
    let mut rich = bare.clone();
    let mac = "52:54:00:12:34:56".to_owned();
    rich.nics = vec![Nic { mac, link: true, dhcp: true }; 2];
    let loaders = vec![r"\EFI\debian\shimx64.efi".to_owned()];
    rich.disks = vec![Disk { boots: true, loaders }];
    rich.settings.insert("serial".to_owned(), b"${serial}".to_vec());
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
    dark.nics.iter_mut().for_each(|nic| nic.link = false);
    [bare, rich, dark]
}
