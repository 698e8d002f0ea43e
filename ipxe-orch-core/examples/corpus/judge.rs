//! What the model says about one script.

use ipxe_orch_core::{
    image::Medium,
    script::{
        Answer, Code, Disk, Ending, Finding, Firmware, Nic, Role, Rules, Script, World, lint,
        prove_within, simulate,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How often a world gets kernels for the addresses that were requested without success.
const ROUNDS: usize = 8;

/// The result for one script.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Judged {
    /// Why it is not a script for the parser.
    pub(crate) refused: Option<String>,
    /// The findings of the linter and of the proof, as text.
    pub(crate) findings: BTreeSet<String>,
    /// The codes of these findings.
    pub(crate) codes: BTreeSet<String>,
    /// The firmwares for which it was proved.
    pub(crate) proved: BTreeSet<String>,
    /// What the proof could not decide.
    pub(crate) undecided: BTreeSet<String>,
    /// The ending in each simulated world.
    pub(crate) endings: BTreeMap<String, String>,
    /// The worlds in which a proved script strands the machine. There must be none.
    pub(crate) contradictions: BTreeSet<String>,
}

pub(crate) fn judge(bytes: &[u8], states: usize) -> Judged {
    let mut judged = Judged::default();
    let script = match Script::parse(&String::from_utf8_lossy(bytes)) {
        Ok(script) => script,
        Err(why) => {
            judged.refused = Some(why.to_string());
            return judged;
        }
    };
    judged.take(&lint(&script, &Rules::image(Medium::Cd)));
    for (firmware, name) in [(Firmware::Bios, "bios"), (Firmware::Uefi, "uefi")] {
        let proof = prove_within(&script, firmware, Role::Image(Medium::Cd), states);
        match &proof {
            Ok(_) => drop(judged.proved.insert(name.to_owned())),
            Err(findings) => judged.take(findings),
        }
        for (world, ending) in endings(&script, firmware) {
            let world = format!("{name}, {world}");
            if proof.is_ok() && strands(&ending) {
                judged.contradictions.insert(world.clone());
            }
            judged.endings.insert(world, format!("{ending:?}"));
        }
    }
    judged
}

impl Judged {
    fn take(&mut self, findings: &[Finding]) {
        for finding in findings {
            self.findings.insert(finding.to_string());
            self.codes.insert(finding.code.name().to_owned());
            if matches!(finding.code, Code::NotAnalysed | Code::TooManyStates) {
                // The reason without the names of this script.
                let why = finding.what.split('`').next().unwrap_or_default();
                self.undecided.insert(format!("{}: {}", finding.code.name(), why.trim()));
            }
        }
    }
}

/// Runs the script without a network, with servers that have nothing, and with servers that have a
/// kernel at every address.
fn endings(script: &Script, firmware: Firmware) -> Vec<(&'static str, Ending)> {
    let mut world = World::new(firmware);
    world.disks.push(Disk { boots: true, ..Disk::default() });
    let alone = simulate(script, &world).ending;
    world.nics.push(Nic { mac: "52:54:00:12:34:56".to_owned(), link: true, dhcp: true });
    let mut run = simulate(script, &world);
    let without = run.ending.clone();
    for _ in 0..ROUNDS {
        let known = world.answers.len();
        let asked = run.requests.iter().cloned();
        world.answers.extend(asked.map(|address| (address, Answer::Kernel)));
        if world.answers.len() == known {
            break;
        }
        run = simulate(script, &world);
    }
    vec![("no network", alone), ("nothing found", without), ("kernels", run.ending)]
}

/// Whether a machine is stranded. A run that was cut off may have gone on to a good end.
fn strands(ending: &Ending) -> bool {
    !matches!(
        ending,
        Ending::Kernel { .. }
            | Ending::San(_)
            | Ending::Drive(_)
            | Ending::Loader(_)
            | Ending::NextDevice
            | Ending::NextEntry
            | Ending::Loop
    )
}
