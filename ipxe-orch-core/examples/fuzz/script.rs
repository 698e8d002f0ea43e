//! Changed copies of the scripts in the corpus of the tests.

#[path = "../../tests/script/words.rs"]
mod words;

use self::words::WORDS;
use crate::{hunt::Target, text};
use fastrand::Rng;
use ipxe_orch_core::script::{COMMANDS, exercise};
use std::{fs, hash::Hash, path::Path};

pub(crate) struct Scripts;

/// The longest script in bytes. Those of the corpus are shorter.
const LONGEST: usize = 1000;

/// The largest number of states of a proof. Many inputs count without end, and a proof that gives
/// up late takes a second.
const STATES: usize = 2000;

/// Texts besides words that only inputs need, because chains and lines are not made of words alone.
const MORE: &[&str] =
    &["${", "||", "&&", ";", "|| goto a", ":a", "goto a", "\\\n", "exit 1", "exit", "#!ipxe\n"];

impl Target for Scripts {
    type Input = String;

    fn seeds(&self) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/script/corpus");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        let texts: Vec<_> =
            paths.iter().flat_map(fs::read_to_string).map(|text| bare(&text)).collect();
        assert!(texts.len() > 50, "the corpus is gone");
        texts
    }

    fn mutate(&self, input: &String, other: &String, rng: &mut Rng) -> String {
        let command = rng.choice(COMMANDS).map_or("", |spec| spec.name);
        let option = rng.choice(COMMANDS).and_then(|spec| rng.choice(spec.options));
        let option = option.map(|option| format!("--{}", option.long)).unwrap_or_default();
        let [word, other_word] = [any_word(rng), any_word(rng)];
        let words = [command, &option, word, other_word, " ", &format!(" {word} ")];
        let text = text::mutate(input, other, &words, rng);
        let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
        // Sometimes the first line is removed. Without it nothing else is read.
        let head = if rng.u8(0..32) > 0 && !text.starts_with("#!ipxe") { "#!ipxe\n" } else { "" };
        format!("{head}{text}")
    }

    fn run(&self, input: &String) -> Option<impl Hash> {
        let done = exercise(input.as_bytes(), STATES);
        (!done.limited).then_some(done)
    }

    fn bytes(&self, input: &String) -> Vec<u8> {
        input.clone().into_bytes()
    }
}

/// A random word. Those of [`MORE`] are chosen as often as any other.
fn any_word(rng: &mut Rng) -> &'static str {
    let more = rng.usize(..WORDS.len() + MORE.len()) < MORE.len();
    rng.choice(if more { MORE } else { WORDS }).copied().unwrap_or_default()
}

/// The script without the comments about its worlds, because other worlds are used here.
fn bare(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("# "));
    lines.flat_map(|line| [line, "\n"]).collect()
}
