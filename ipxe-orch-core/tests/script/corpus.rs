//! The corpus: small scripts that together use every command, option and ending.

use crate::world::{ENDINGS, ending, worlds};
use ipxe_orch_core::script::{
    COMMANDS, Firmware, MAX_STATES, Role, Rules, Script, Word, exercise, lint, prove, simulate,
};
use std::{collections::BTreeSet, fs, path::Path};

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/script/corpus");
    let entries = fs::read_dir(&folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_script_ends_as_it_says() {
    for (name, text) in corpus() {
        let script = Script::parse(&text).unwrap();
        let worlds = worlds(&text);
        assert!(!worlds.is_empty(), "{name} runs nowhere");
        for (world, expected) in worlds {
            let run = simulate(&script, &world);
            let firmware = world.firmware;
            assert_eq!(ending(&run.ending), expected, "{name} on {firmware:?}: {:#?}", run.trace);
        }
    }
}

#[test]
fn every_ending_is_there() {
    let all: BTreeSet<String> = corpus()
        .iter()
        .flat_map(|(_, text)| worlds(text))
        .map(|(_, ending)| ending.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(all, ENDINGS.iter().map(ToString::to_string).collect());
}

#[test]
fn every_command_and_option_is_there() {
    let mut found = BTreeSet::new();
    for (_, text) in corpus() {
        for line in Script::parse(&text).unwrap().lines() {
            for command in &line.chain {
                let words: Vec<&str> = command.words.iter().map(Word::as_str).collect();
                let Some((name, rest)) = words.split_first() else { continue };
                found.insert((*name).to_owned());
                let options = rest.iter().filter_map(|word| word.strip_prefix("--"));
                found.extend(options.map(|option| format!("{name} {option}")));
            }
        }
    }
    for spec in COMMANDS {
        assert!(found.contains(spec.name), "no script has {}", spec.name);
        for option in spec.options {
            let used = format!("{} {}", spec.name, option.long);
            assert!(found.contains(&used), "no script has `{used}`");
        }
    }
}

/// The linter must find no error: it knows every command and option of the corpus, except in the
/// scripts about mistakes.
#[test]
fn the_linter_knows_every_word_of_the_corpus() {
    for (name, text) in corpus().into_iter().filter(|(name, _)| !name.starts_with("wrong-")) {
        for finding in lint(&Script::parse(&text).unwrap(), &Rules::server()) {
            let code = finding.code.name();
            let known = !["unknown-command", "unknown-option", "wrong-operands"].contains(&code);
            assert!(known, "{name}: {finding}");
        }
    }
}

/// A script that is proved must not strand a machine in the world of its comments. The proof
/// assumes that a server sends only scripts and errors, so worlds with a captive portal do not
/// count.
#[test]
fn the_proof_agrees_with_every_run() {
    let mut proved = 0;
    for (name, text) in corpus().into_iter().filter(|(name, _)| name != "portal") {
        let script = Script::parse(&text).unwrap();
        exercise(text.as_bytes(), MAX_STATES);
        for (world, ending) in worlds(&text) {
            let ending = ending.split(' ').next().unwrap().to_owned();
            let good = ["kernel", "san", "drive", "loader", "next-device", "next-entry"];
            if prove(&script, world.firmware, Role::Image(world.medium)).is_ok() {
                proved += 1;
                assert!(good.contains(&ending.as_str()), "{name}: {ending}");
            }
            assert!(matches!(world.firmware, Firmware::Bios | Firmware::Uefi));
        }
    }
    assert!(proved >= 10, "only {proved} are proved");
}
