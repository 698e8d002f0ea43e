//! The corpus under both firmwares, in parts that take about the same time.

use crate::{
    corpus::{Case, cases},
    guest::{Guest, Real, of},
    settings,
    support::{Result, follow::machines, machine::Firmware},
    watch,
};
use ipxe_orch_core::script::{self, COMMANDS, CommandSpec, Disk, Release};
use std::collections::BTreeSet;

/// What iPXE prints after the name of a command that it does not have.
const LACKS: &str = ": command not found";

/// What iPXE prints about options and operands that it does not accept.
const REFUSALS: [&str; 2] = ["Unrecognised option", "Usage:"];

/// The case that overwrites iPXE's memory. It may go wrong in other ways than in the simulator.
const OVERFLOWS: &str = "too-long-line";

/// What the setup menu of OVMF prints.
const MENU: &str = "Boot Manager";

/// Runs a part of the corpus.
fn run(firmware: Firmware, part: impl Fn(usize, &Case) -> bool) -> Result<()> {
    let mut guest = Guest::new(firmware)?;
    let mut all: Vec<Case> = (0..)
        .zip(cases(of(firmware), guest.port())?)
        .filter(|(index, case)| part(*index, case))
        .map(|(_, case)| case)
        .collect();
    // Each kind of machine is started once, and the scripts that turn it off come last.
    all.sort_by_key(|case| (format!("{:?}", case.hardware()), case.kind() == "off"));
    let mut wrong = Vec::new();
    for case in &all {
        let real = guest.run(case)?;
        println!("{firmware:?}: {}: {}", case.name, real.ending);
        let faults = faults(case, &real, guest.port());
        wrong.extend(faults.map(|fault| {
            format!("{} {fault}\n{}\n{:#?}\n", case.name, real.console, case.run.trace)
        }));
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    Ok(())
}

/// The differences between iPXE and the simulator, if there are any.
fn faults(case: &Case, real: &Real, port: u16) -> Option<String> {
    let expected = visible(case);
    if case.name == OVERFLOWS && ["failed", "reset"].contains(&real.ending.as_str()) {
        return None;
    }
    if real.ending != expected {
        return Some(format!("ends as `{}`, in the simulator as `{expected}`", real.ending));
    }
    let here = format!("http://10.0.2.2:{port}/");
    let mut asked = case.run.requests.clone();
    asked.retain(|address| address.starts_with(&here));
    if real.requests != asked {
        return Some(format!("asks for {:?}, in the simulator for {asked:?}", real.requests));
    }
    let (lacks, unknown) = (lacking(&real.console), unknown(case));
    if lacks != unknown && case.kind() != "person" {
        return Some(format!("has no {lacks:?}, in the table no {unknown:?}"));
    }
    if let Some(listed) = listed(&real.console).filter(|listed| *listed != table()) {
        let differ: Vec<_> = listed.symmetric_difference(&table()).copied().collect();
        return Some(format!("`help` and the table differ in {differ:?}"));
    }
    let refusal = REFUSALS.iter().find(|text| real.console.contains(**text))?;
    (!case.is_wrong()).then(|| format!("is refused: {refusal}"))
}

/// The part of the ending that can be seen from outside.
fn visible(case: &Case) -> String {
    let words: Vec<&str> = case.ending.split(' ').collect();
    match (case.kind(), case.world.firmware) {
        // From outside, waiting and computing look the same.
        ("loop", _) => "hung".to_owned(),
        // The number of the line cannot be seen.
        ("failed", _) => "failed".to_owned(),
        // The name of a kernel cannot be seen under BIOS. Under UEFI it is the first argument.
        ("kernel", script::Firmware::Bios) => [&words[..1], &words[2..]].concat().join(" "),
        _ => case.ending.clone(),
    }
}

/// The commands that iPXE says it does not have.
fn lacking(console: &str) -> BTreeSet<&str> {
    console.lines().filter_map(|line| line.trim().strip_suffix(LACKS)).collect()
}

/// The commands that ran in the simulator and that Debian 13's build does not have according to the
/// table.
fn unknown(case: &Case) -> BTreeSet<&str> {
    let is_known = |name: &&str| {
        CommandSpec::lookup(name)
            .is_some_and(|spec| spec.is_in(Release::Debian13, script::Firmware::Bios))
    };
    let names = case.run.trace.iter().filter_map(|step| step.command.split(' ').next());
    names.filter(|name| !name.is_empty() && !is_known(name)).collect()
}

/// The commands that `help` lists.
fn listed(console: &str) -> Option<BTreeSet<&str>> {
    let (_, list) = console.split_once("Available commands:")?;
    Some(list.split_once("Type ")?.0.split_whitespace().collect())
}

/// The commands that Debian 13's build has according to the table.
fn table() -> BTreeSet<&'static str> {
    let has = |spec: &&CommandSpec| spec.is_in(Release::Debian13, script::Firmware::Bios);
    COMMANDS.iter().filter(has).map(|spec| spec.name).collect()
}

/// Whether the case needs only a machine with one NIC, as most of them do.
fn is_plain(case: &Case) -> bool {
    let hardware = case.hardware();
    hardware.nics.len() == 1 && hardware.disks.is_empty() && hardware.serial.is_none()
}

fn even(firmware: Firmware) -> Result<()> {
    run(firmware, |index, case| is_plain(case) && index.is_multiple_of(2))
}

fn odd(firmware: Firmware) -> Result<()> {
    run(firmware, |index, case| is_plain(case) && !index.is_multiple_of(2))
}

/// Cases with several NICs, NICs without a link, or disks.
fn special(firmware: Firmware) -> Result<()> {
    run(firmware, |_, case| !is_plain(case))
}

/// Every named setting of iPXE, with values of each kind.
fn settings(firmware: Firmware) -> Result<()> {
    let mut guest = Guest::new(firmware)?;
    let mut wrong = Vec::new();
    for case in settings::cases(of(firmware), guest.port())? {
        let real = guest.run(&case)?;
        let (expected, printed) = (settings::expected(&case), settings::printed(&real.console));
        assert!(expected.len() > 100, "{} compares nothing", case.name);
        println!("{firmware:?}: {}: {} results", case.name, printed.len());
        let differ = expected.iter().zip(&printed).filter(|(own, real)| own != real);
        wrong.extend(differ.map(|(own, real)| format!("iPXE prints {real}, the simulator {own}")));
        if expected.len() != printed.len() {
            wrong.push(format!("iPXE prints {} results of {}", printed.len(), expected.len()));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// Scripts that are images themselves: what the firmware does when they end.
fn firmwares_turn(firmware: Firmware) -> Result<()> {
    let mut guest = Guest::new(firmware)?;
    let all = cases(of(firmware), guest.port())?;
    for name in ["exit-0", "exit-1", "failed-command"] {
        let case = all.iter().find(|case| case.name == name).ok_or("no such script")?;
        let mut hardware = case.hardware();
        hardware.disks.push(Disk { boots: true, loaders: Vec::new() });
        let mut vm = guest.start_with(&hardware, case.world.medium, &case.text)?;
        let found = watch::firmwares_turn(&mut vm, case, MENU)?;
        println!("{firmware:?}: {name}: {found}");
        let expected = if case.kind() == "firmware-menu" { "menu" } else { "next" };
        assert_eq!(found, expected, "{name}: {}", vm.log()?);
        vm.stop()?;
    }
    Ok(())
}

machines! {
    SeaBios corpus_even_bios => even;
    SeaBios corpus_odd_bios => odd;
    SeaBios corpus_special_bios => special;
    SeaBios firmwares_turn_bios => firmwares_turn;
    SeaBios settings_bios => settings;
    #[ignore = "long: scripts/test long"]
    Ovmf corpus_even_uefi => even;
    #[ignore = "long: scripts/test long"]
    Ovmf corpus_odd_uefi => odd;
    #[ignore = "long: scripts/test long"]
    Ovmf corpus_special_uefi => special;
    Ovmf firmwares_turn_uefi => firmwares_turn;
    Ovmf settings_uefi => settings;
}
