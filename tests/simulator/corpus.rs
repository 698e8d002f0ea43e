//! The scripts of the corpus, each with the result of the simulator.

use crate::{
    support::{Result, project, server::Site},
    world::{ending, worlds},
};
use ipxe_orch_core::{
    image::Medium,
    script::{Answer, Command, Disk, Firmware, Nic, Run, Script, Word, World, simulate},
};
use std::{collections::BTreeSet, fs};

/// The NIC through which a machine is told what to run.
const CONTROL: &str = "52:54:00:12:34:56";

/// The address of the corpus' server.
const SERVER: &str = "10.0.2.2:18800";

/// A script in its world.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) world: World,
    /// The ending in the simulator.
    pub(crate) ending: String,
    pub(crate) run: Run,
}

/// The hardware that a machine must have for a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hardware {
    pub(crate) medium: Medium,
    pub(crate) nics: Vec<Nic>,
    pub(crate) disks: Vec<Disk>,
    /// The serial number, if the case needs a special one.
    pub(crate) serial: Option<Vec<u8>>,
}

impl Case {
    pub(crate) fn hardware(&self) -> Hardware {
        let World { medium, nics, disks, settings, .. } = &self.world;
        let serial = settings.get("serial").cloned();
        Hardware { medium: *medium, nics: nics.clone(), disks: disks.clone(), serial }
    }

    /// The first word of the ending.
    pub(crate) fn kind(&self) -> &str {
        self.ending.split(' ').next().unwrap_or_default()
    }

    /// The names of the settings that the script, or an answer in its world, may set.
    pub(crate) fn settings(&self) -> BTreeSet<String> {
        let answers = self.world.answers.values().filter_map(|answer| match answer {
            Answer::Script(text) => Some(text.as_str()),
            _ => None,
        });
        let texts = answers.chain([self.text.as_str()]);
        texts
            .filter_map(|text| Script::parse(text).ok())
            .flat_map(|script| set_by(&script))
            .collect()
    }

    /// Whether the case is about a mistake that iPXE reports.
    pub(crate) fn is_wrong(&self) -> bool {
        self.name.starts_with("wrong-")
    }
}

/// The settings that a script sets, without their types.
fn set_by(script: &Script) -> Vec<String> {
    let commands = script.lines().iter().flat_map(|line| &line.chain);
    let name = |command: &Command| {
        let words: Vec<&str> = command.words.iter().map(Word::as_str).collect();
        let name = match *words.first()? {
            "set" | "inc" => words.get(1)?,
            "read" | "choose" => words.last()?,
            _ => return None,
        };
        // A setting without a name cannot be cleared.
        name.split(':').next().filter(|name| !name.is_empty()).map(str::to_owned)
    };
    commands.filter_map(name).collect()
}

/// All scripts for a firmware. They find their server on `port` of this machine.
pub(crate) fn cases(firmware: Firmware, port: u16) -> Result<Vec<Case>> {
    let mut paths: Vec<_> = fs::read_dir(project().join("ipxe-orch-core/tests/script/corpus"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path)?.replace(SERVER, &format!("10.0.2.2:{port}"));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let of_firmware = worlds(&text).into_iter().find(|(world, _)| world.firmware == firmware);
        if let Some((mut world, expected)) = of_firmware {
            world.address = format!("{}/script", Site::url(port));
            let case = case(name, text, world)?;
            assert_eq!(case.ending, expected, "{} with a NIC more", case.name);
            found.push(case);
        }
    }
    Ok(found)
}

/// A machine whose NICs cannot be told what to run gets one more NIC.
pub(crate) fn case(name: String, text: String, mut world: World) -> Result<Case> {
    if !world.nics.iter().any(|nic| nic.link && nic.dhcp) {
        let taken = world.nics.iter().any(|nic| nic.mac == CONTROL);
        let mac = if taken { CONTROL.replace("56", "99") } else { CONTROL.to_owned() };
        world.nics.push(Nic { mac, link: true, dhcp: true });
    }
    let run = simulate(&Script::parse(&text)?, &world);
    Ok(Case { ending: ending(&run.ending), name, text, world, run })
}
