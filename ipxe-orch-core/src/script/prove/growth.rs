//! Checks that values stay short. A value that contains itself twice would soon fill the memory of
//! iPXE.

use super::relevant::{ANY, mentions, overlap};
use crate::script::{
    Finding,
    ast::{Command, Script, Word},
    finding::Code,
    name::SettingName,
};
use std::collections::BTreeMap;

/// The longest text of a command, in bytes.
const LONGEST: usize = 64 * 1024;

/// The longest value that does not come from the script, in bytes. A DHCP option has at most 255.
const GIVEN: usize = 256;

/// Limits for the computation: the number of rounds until the lengths agree, and the number of
/// comparisons of computed names in one round.
const ROUNDS: usize = 64;
const COMPARISONS: usize = 100_000;

/// A text: the number of its own bytes, and the settings that are expanded in it.
struct Text {
    own: usize,
    named: Vec<String>,
}

/// The first line that may become too long.
pub(super) fn grows(script: &Script) -> Option<Finding> {
    let texts: Vec<_> =
        script.commands().map(|(line, _, command)| (line.number, command, text(command))).collect();
    let mut longest: BTreeMap<String, usize> = BTreeMap::new();
    for (_, command, _) in &texts {
        longest.extend(target(command).map(|name| (name, 0)));
    }
    let computed =
        texts.iter().flat_map(|(.., text)| &text.named).filter(|name| name.contains(ANY));
    let tried = computed.count().saturating_mul(longest.len()) <= COMPARISONS;
    let mut changed = tried;
    for _ in 0..ROUNDS {
        if !changed {
            break;
        }
        changed = false;
        for (number, command, text) in &texts {
            let length = length(text, &longest);
            if length > LONGEST {
                let what = "settings may make this command longer than 64 KiB";
                return Some(Finding::new(*number, Code::NotAnalysed, what));
            }
            let known = target(command).and_then(|name| longest.get_mut(&name));
            for known in known.into_iter().filter(|known| **known < length) {
                *known = length;
                changed = true;
            }
        }
    }
    let what = "there are too many settings, or they grow in each round";
    (changed || !tried).then(|| Finding::new(1, Code::NotAnalysed, what))
}

fn text(command: &Command) -> Text {
    let mut text = Text { own: 0, named: Vec::new() };
    for word in &command.words {
        text.own += word.as_str().len() + 1;
        text.named.extend(mentions(word.as_str()).1);
    }
    text
}

/// The setting that the command sets to a text. Numbers stay short and are ignored.
fn target(command: &Command) -> Option<String> {
    let mut words = command.words.iter().map(Word::as_str);
    let target = words.next().filter(|name| *name == "set").and(words.next())?;
    Some(SettingName::parse(&mentions(target).0)?.path())
}

fn length(text: &Text, longest: &BTreeMap<String, usize>) -> usize {
    let of = |name: &String| {
        let plain = longest.get(name).copied().unwrap_or(0);
        let computed = longest.iter().filter(|(own, _)| name.contains(ANY) && overlap(own, name));
        // The type `uristring` can make a value three times as long.
        computed.fold(plain, |most, (_, length)| most.max(*length)).max(GIVEN) * 3
    };
    text.named.iter().fold(text.own, |sum, name| sum.saturating_add(of(name)))
}
