//! Splits the words of a command into options and operands, as `getopt_long()` in `core/getopt.c`
//! and `reparse_options()` in `core/parseopt.c` do. Options end at the first operand. There are no
//! abbreviations, and `--help` makes a command fail.

use super::{Build, CommandSpec, OptionSpec, OptionValue};
use crate::script::{
    expand::HOLE,
    kind::Kind,
    number::number,
    rules::{Firmware, Release},
};

/// A command, split into options and operands.
#[derive(Clone, Debug)]
pub(in crate::script) struct Call<'a> {
    pub(in crate::script) spec: &'static CommandSpec,
    options: Vec<Given<'a>>,
    pub(in crate::script) operands: &'a [String],
}

/// Why a command fails before it does anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::script) enum BadArguments {
    UnknownCommand,
    UnknownOption(String),
    NoValue(String),
    /// The value of an option, or an operand, is not what it must be.
    BadValue {
        of: String,
        needs: &'static str,
        value: String,
    },
    /// The number of operands is not within this range.
    Operands(usize, usize),
}

impl<'a> Call<'a> {
    /// The value of an option, or of its last occurrence if it is given twice; empty for a flag.
    pub(in crate::script) fn option(&self, long: &str) -> Option<&'a str> {
        self.options.iter().rev().find(|(spec, _)| spec.long == long).map(|(_, value)| *value)
    }

    /// The value of an option in milliseconds. `None` if it is missing or 0, which means no limit.
    pub(in crate::script) fn millis(&self, long: &str) -> Option<u32> {
        self.option(long).and_then(number).filter(|millis| *millis > 0)
    }

    /// The value of `--timeout` in milliseconds. `None` if it is missing or 0, which means no
    /// limit.
    pub(in crate::script) fn timeout(&self) -> Option<u32> {
        self.millis("timeout")
    }

    /// An option of the command that this build does not have.
    pub(in crate::script) fn lacks(
        &self,
        release: Release,
        firmware: Firmware,
    ) -> Option<&'static OptionSpec> {
        let mut specs = self.options.iter().map(|(spec, _)| *spec);
        specs.find(|spec| !spec.build.is_in(release, firmware))
    }

    /// Whether every build has the command and its options.
    pub(in crate::script) fn is_everywhere(&self) -> bool {
        let everywhere = |build: Build| build == Build::Debian13;
        let options = self.options.iter().all(|(spec, _)| everywhere(spec.build));
        options && everywhere(self.spec.build)
    }

    /// The first operand, if there is one.
    pub(in crate::script) fn operand(&self) -> Option<&'a str> {
        self.operands.first().map(String::as_str)
    }

    /// The operands that are addresses: all of `sanhook` and `sanboot`, or the first one of a
    /// download, after which arguments follow.
    pub(in crate::script) fn uris(&self) -> &'a [String] {
        match self.spec.name {
            "sanhook" | "sanboot" => self.operands,
            "imgset" => self.operands.get(1..).unwrap_or_default(),
            name if name.ends_with("sum") => self.operands,
            _ if self.spec.downloads() => self.operands.get(..1).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Whether the command has several addresses for one drive. When none of them can be opened any
    /// more, iPXE does not count the retries (`sandev_command()` in `core/sanboot.c`).
    pub(in crate::script) fn has_several_paths(&self) -> bool {
        matches!(self.spec.name, "sanhook" | "sanboot") && self.operands.len() > 1
    }

    /// Whether an unknown part of its words may make it fail at once: a text that begins with `-`
    /// is neither a value nor an operand, and not every text is a number.
    pub(in crate::script) fn may_be_wrong(&self) -> bool {
        let wrong = |(spec, value): &Given<'_>| {
            value.starts_with(HOLE) || (needs(spec.value).is_some() && value.contains(HOLE))
        };
        let operand = self.operand().is_some_and(|operand| operand.starts_with(HOLE));
        let numbers = self.spec.numbers().iter().filter_map(|index| self.operands.get(*index));
        operand
            || numbers.into_iter().any(|text| text.contains(HOLE))
            || self.options.iter().any(wrong)
    }

    /// The operands from `index` on, joined as iPXE joins them.
    pub(in crate::script) fn rest(&self, index: usize) -> String {
        self.operands.get(index..).unwrap_or_default().join(" ")
    }
}

/// Reads the words of a command, in which settings are expanded. The first word is its name.
pub(in crate::script) fn call(words: &[String]) -> Result<Call<'_>, BadArguments> {
    let (name, mut rest) = words.split_first().ok_or(BadArguments::UnknownCommand)?;
    let spec = CommandSpec::lookup(name).ok_or(BadArguments::UnknownCommand)?;
    let mut options = Vec::new();
    while let Some((word, after)) = rest.split_first().filter(|(word, _)| word.starts_with('-')) {
        rest = after;
        match word.strip_prefix("--") {
            Some("") => break,
            Some(long) => options.push(long_option(spec, long, &mut rest)?),
            None => short_options(spec, word, &mut rest, &mut options)?,
        }
    }
    let (least, most) = spec.operands;
    if !(least..=most).contains(&rest.len()) {
        return Err(BadArguments::Operands(least, most));
    }
    let numbers = spec.numbers().iter().filter_map(|index| rest.get(*index));
    if let Some(value) =
        numbers.into_iter().find(|text| !text.contains(HOLE) && number(text).is_none())
    {
        let (of, needs, value) = ("the operand".to_owned(), "a number", value.clone());
        return Err(BadArguments::BadValue { of, needs, value });
    }
    Ok(Call { spec, options, operands: rest })
}

type Given<'a> = (&'static OptionSpec, &'a str);

fn long_option<'a>(
    spec: &'static CommandSpec,
    text: &'a str,
    rest: &mut &'a [String],
) -> Result<Given<'a>, BadArguments> {
    let (name, inline) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let unknown = || BadArguments::UnknownOption(format!("--{name}"));
    let option = spec.option(name).ok_or_else(unknown)?;
    let value = match (option.value, inline) {
        (OptionValue::Flag, Some(_)) => return Err(BadArguments::NoValue(format!("--{name}"))),
        (OptionValue::Flag, None) => "",
        (_, Some(value)) => value,
        (_, None) => next_word(rest).ok_or_else(|| BadArguments::NoValue(format!("--{name}")))?,
    };
    checked(option, value)
}

/// Reads a word of short options. It may contain several flags, and an option may be followed by
/// its value.
fn short_options<'a>(
    spec: &'static CommandSpec,
    word: &'a str,
    rest: &mut &'a [String],
    options: &mut Vec<Given<'a>>,
) -> Result<(), BadArguments> {
    let mut letters = word.get(1..).unwrap_or_default().chars();
    if letters.as_str().is_empty() {
        return Err(BadArguments::UnknownOption(word.to_owned()));
    }
    while let Some(letter) = letters.next() {
        let unknown = || BadArguments::UnknownOption(format!("-{letter}"));
        let option =
            spec.options.iter().find(|option| option.short == letter).ok_or_else(unknown)?;
        if option.value == OptionValue::Flag {
            options.push((option, ""));
            continue;
        }
        let inline = Some(letters.as_str()).filter(|value| !value.is_empty());
        let value = inline.or_else(|| next_word(rest));
        let value = value.ok_or_else(|| BadArguments::NoValue(format!("-{letter}")))?;
        options.push(checked(option, value)?);
        break;
    }
    Ok(())
}

/// The next word as a value, unless it begins with `-`.
fn next_word<'a>(rest: &mut &'a [String]) -> Option<&'a str> {
    let (word, after) = rest.split_first().filter(|(word, _)| !word.starts_with('-'))?;
    *rest = after;
    Some(word)
}

/// What the value of an option must be, if not every text will do.
fn needs(value: OptionValue) -> Option<&'static str> {
    match value {
        OptionValue::Number | OptionValue::Timeout => Some("a number"),
        OptionValue::Key => Some("one character or the number of a key"),
        OptionValue::Uuid => Some("a UUID"),
        OptionValue::Configurator => Some("`dhcp` or `ipv6`"),
        OptionValue::Flag | OptionValue::Text => None,
    }
}

/// Whether an option takes a value (`parse_integer()`, `parse_key()`, `parse_uuid()` and others in
/// `core/parseopt.c`).
fn takes(spec: &OptionSpec, value: &str) -> bool {
    match spec.value {
        OptionValue::Number | OptionValue::Timeout => number(value).is_some(),
        OptionValue::Key => value.len() == 1 || number(value).is_some(),
        OptionValue::Uuid => Kind::Uuid.parse(value).is_some(),
        OptionValue::Configurator => matches!(value, "dhcp" | "ipv6"),
        OptionValue::Flag | OptionValue::Text => true,
    }
}

fn checked<'a>(option: &'static OptionSpec, value: &'a str) -> Result<Given<'a>, BadArguments> {
    match needs(option.value) {
        Some(needs) if !value.contains(HOLE) && !takes(option, value) => {
            let of = format!("--{}", option.long);
            Err(BadArguments::BadValue { of, needs, value: value.to_owned() })
        }
        _ => Ok((option, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_come_first_and_end_at_the_first_operand() {
        let line = words("chain -a --timeout=0x10 -n name http://a/b --timeout 5");
        let found = call(&line).unwrap();
        assert_eq!((found.option("autofree"), found.timeout()), (Some(""), Some(16)));
        assert_eq!(found.option("name"), Some("name"));
        assert_eq!(found.operand(), Some("http://a/b"));
        assert_eq!(found.rest(1), "--timeout 5");
        assert_eq!(call(&words("chain --timeout 0 x")).unwrap().timeout(), None);
        assert_eq!(call(&words("echo -- -x")).unwrap().operand(), Some("-x"));
        assert_eq!(call(&words("sanboot -nkd0x80")).unwrap().option("drive"), Some("0x80"));
    }

    #[test]
    fn wrong_words_fail() {
        let of = |text: &str| call(&words(text)).unwrap_err();
        assert_eq!(of("frobnicate"), BadArguments::UnknownCommand);
        assert_eq!(of("echo --foo"), BadArguments::UnknownOption("--foo".to_owned()));
        assert_eq!(of("iseq -1 -1"), BadArguments::UnknownOption("-1".to_owned()));
        assert_eq!(of("chain --timeout --name x"), BadArguments::NoValue("--timeout".to_owned()));
        assert_eq!(of("chain --autofree=1 x"), BadArguments::NoValue("--autofree".to_owned()));
        assert_eq!(of("iseq a"), BadArguments::Operands(2, 2));
        let bad = |of: &str, needs, value: &str| {
            let (of, value) = (of.to_owned(), value.to_owned());
            BadArguments::BadValue { of, needs, value }
        };
        assert_eq!(of("chain -t 4s x"), bad("--timeout", "a number", "4s"));
        let key = "one character or the number of a key";
        assert_eq!(of("prompt --key ctrl-b x"), bad("--key", key, "ctrl-b"));
        assert_eq!(of("item --key abc x"), bad("--key", key, "abc"));
        assert_eq!(of("sanboot --uuid abc"), bad("--uuid", "a UUID", "abc"));
        assert_eq!(of("dhcp -c dhcp6"), bad("--configurator", "`dhcp` or `ipv6`", "dhcp6"));
        for text in ["colour red", "cpair red", "cpuid red", "exit red", "sleep red"] {
            assert_eq!(of(text), bad("the operand", "a number", "red"), "{text}");
        }
        assert_eq!(of("inc n red"), bad("the operand", "a number", "red"));
        let many = words(&format!("echo {}", "a ".repeat(256).trim_end()));
        assert_eq!(call(&many).unwrap_err(), BadArguments::Operands(0, 255));
        assert_eq!(call(&words("prompt --key 0x02 x")).unwrap().option("key"), Some("0x02"));
    }
}
