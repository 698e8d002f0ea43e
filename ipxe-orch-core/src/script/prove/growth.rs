//! Checks that values stay short. A value that is made longer in each round of a loop would soon fill
//! the memory of iPXE. In straight lines a value may be made longer as often as a script likes.

use crate::script::{
    Finding,
    ast::Word,
    finding::Code,
    kind::Kind,
    name::SettingName,
    pattern::{ANY, mentions, settings},
    reach::Reach,
};

/// The longest text of a command, in bytes.
const LONGEST: usize = 64 * 1024;

/// The longest value that does not come from the script, in bytes. A DHCP option has at most 255.
const GIVEN: usize = 256;

/// Limits for the computation: the number of values that are compared, and how far a value is
/// followed against the order of the lines.
const COMPARISONS: usize = 200_000;
const DEPTH: usize = 200;

/// The first line that may become too long.
pub(super) fn grows(reach: &Reach<'_>) -> Option<Finding> {
    let known = vec![Length::Unknown; reach.defs.len()];
    let mut lengths = Lengths { reach, known, compared: 0, open: Vec::new(), cut: false };
    for (node, (at, command)) in reach.commands.iter().enumerate() {
        let what = match lengths.words(node, &command.words) {
            Ok(length) if length <= LONGEST => continue,
            Ok(_) => "settings may make this command longer than 64 KiB",
            Err(Why::Loop) => "a loop makes a value longer in each round",
            Err(Why::TooMuch) => "there are too many settings to tell how long they are",
        };
        return Some(Finding::new(reach.line_number(at.line), Code::NotAnalysed, what));
    }
    None
}

/// Why a length is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Loop,
    TooMuch,
}

/// The length of the value that a command sets.
#[derive(Clone, Copy, Debug)]
enum Length {
    Unknown,
    /// It is being computed. If it is needed now, it depends on itself.
    Open,
    Known(Result<usize, Why>),
}

struct Lengths<'a> {
    reach: &'a Reach<'a>,
    known: Vec<Length>,
    compared: usize,
    /// The definitions that are being computed, and whether each is a copy.
    open: Vec<(usize, bool)>,
    /// Whether a round of copies was cut, so that a length may be too short.
    cut: bool,
}

impl Lengths<'_> {
    /// The length of words with all their settings.
    fn words(&mut self, node: usize, words: &[Word]) -> Result<usize, Why> {
        let mut length = 0_usize;
        for word in words {
            length = length.saturating_add(word.as_str().len() + 1);
            for name in settings(word.as_str()) {
                let value = self.value(node, &name)?;
                length = length.saturating_add(value.saturating_mul(self.factor(node, &name)));
            }
        }
        Ok(length)
    }

    /// The longest value of a setting before command `node` runs.
    fn value(&mut self, node: usize, name: &SettingName) -> Result<usize, Why> {
        let origin = self.reach.origin(node, &name.path());
        self.compared += origin.defs.len() + 1;
        if self.compared > COMPARISONS {
            return Err(Why::TooMuch);
        }
        let mut longest = GIVEN;
        for number in origin.defs {
            longest = longest.max(self.set_by(number)?);
        }
        Ok(longest)
    }

    /// The length of the value that a definition sets. A value that is only copied around does not
    /// become longer.
    fn set_by(&mut self, number: usize) -> Result<usize, Why> {
        match self.known.get(number) {
            Some(Length::Known(length)) => return *length,
            Some(Length::Open) => {
                let round = self.open.iter().rev();
                let last = round.take_while(|(own, _)| *own != number);
                let copies = self.is_copy(number) && last.into_iter().all(|(_, copies)| *copies);
                self.cut |= copies;
                return if copies { Ok(0) } else { Err(Why::Loop) };
            }
            _ => {}
        }
        if self.open.len() > DEPTH {
            return Err(Why::TooMuch);
        }
        self.note(number, Length::Open);
        self.open.push((number, self.is_copy(number)));
        let length = self.compute(number);
        self.open.pop();
        // Within a round of copies, only the first one knows the whole length.
        let whole = !self.cut || self.open.is_empty() || length.is_err();
        self.cut &= !self.open.is_empty();
        self.note(number, if whole { Length::Known(length) } else { Length::Unknown });
        length
    }

    /// Whether a definition sets a setting to another one, and nothing else.
    fn is_copy(&self, number: usize) -> bool {
        let node = self.reach.defs.get(number).map(|def| def.node);
        let command = node.and_then(|node| Some((node, self.reach.commands.get(node)?.1)));
        let Some((node, [_, _, word])) = command.map(|(node, own)| (node, own.words.as_slice()))
        else {
            return false;
        };
        let (pattern, _) = mentions(word.as_str());
        let names = settings(word.as_str());
        pattern.chars().eq([ANY]) && names.iter().all(|name| self.factor(node, name) == 1)
    }

    fn note(&mut self, number: usize, length: Length) {
        self.known.get_mut(number).into_iter().for_each(|own| *own = length);
    }

    /// Numbers, and what a person types or a menu offers, stay short.
    fn compute(&mut self, number: usize) -> Result<usize, Why> {
        let reach = self.reach;
        let Some(def) = reach.defs.get(number) else { return Ok(GIVEN) };
        let Some((_, command)) = reach.commands.get(def.node) else { return Ok(GIVEN) };
        let is_set = command.words.first().is_some_and(|word| word.as_str() == "set");
        let short =
            matches!(def.kind, Some(Kind::Int(_) | Kind::Uint(_) | Kind::Ipv4 | Kind::Ipv6));
        match command.words.get(2..) {
            Some(words) if is_set && !short => self.words(def.node, words),
            _ => Ok(GIVEN),
        }
    }

    /// How many characters a byte of the value may be shown with.
    fn factor(&self, node: usize, name: &SettingName) -> usize {
        match name.kind {
            Some(Kind::UriStr) => 9,
            Some(Kind::Hex | Kind::HexHyp) => 3,
            Some(Kind::HexRaw | Kind::Base64) => 2,
            Some(_) => 1,
            None => {
                let origin = self.reach.origin(node, &name.path());
                let kinds =
                    origin.defs.iter().filter_map(|number| self.reach.defs.get(*number)?.kind);
                if kinds.into_iter().any(|kind| kind == Kind::UriStr) { 9 } else { 1 }
            }
        }
    }
}
