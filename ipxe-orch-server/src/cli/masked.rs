//! Errors of the command line without the secrets that were given on it.
//!
//! clap repeats what it cannot read. A terminal's history, a log of a build server and a ticket
//! that somebody opens keep that.

use super::secrets::Source;
use clap::{
    Arg, Command,
    error::{ContextKind, ContextValue, Error},
};
use ipxe_orch_core::{boot::ServerUrl, host::HostValue, names::VariableName};
use std::{any::TypeId, ffi::OsString};

/// What stands for a value that may be secret.
const MASK: &str = "…";

/// The error, with values masked that may be secret.
pub(super) fn masked(mut error: Error, mut command: Command, line: &[OsString]) -> Error {
    command.build(); // before that, options have no names
    let options = secret_options(&command);
    let said = text_of(&error, ContextKind::InvalidArg);
    if options.contains(&said) {
        replace(&mut error, ContextKind::InvalidValue);
    }
    // A word beside such an option may be its value, as in `--secret root_password hunter2`.
    let beside = options.iter().filter_map(|option| option.split([' ', '=']).next());
    let is_given = |option: &str| line.iter().any(|word| starts_with(word, option));
    if beside.into_iter().any(is_given) {
        if !said.starts_with('-') {
            replace(&mut error, ContextKind::InvalidArg);
        }
        replace(&mut error, ContextKind::InvalidSubcommand);
        error.remove(ContextKind::Suggested);
        error.remove(ContextKind::TrailingArg);
    }
    error
}

fn replace(error: &mut Error, kind: ContextKind) {
    if error.get(kind).is_some() {
        error.insert(kind, ContextValue::String(MASK.to_owned()));
    }
}

fn text_of(error: &Error, kind: ContextKind) -> String {
    error.get(kind).map(ToString::to_string).unwrap_or_default()
}

fn starts_with(word: &OsString, option: &str) -> bool {
    word.to_str().is_some_and(|word| word.starts_with(option))
}

/// The options that take a secret, or what somebody may take for the place of one: a variable's
/// value, and a URL, which may hold a password. Each as clap names it: `--secret <NAME=@FILE>`.
fn secret_options(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter(|arg| takes_secret(arg)).map(ToString::to_string);
    own.chain(command.get_subcommands().flat_map(secret_options)).collect()
}

fn takes_secret(arg: &Arg) -> bool {
    let types = [
        TypeId::of::<Source>(),
        TypeId::of::<(VariableName, HostValue)>(),
        TypeId::of::<ServerUrl>(),
    ];
    let taken = arg.get_value_parser().type_id();
    types.iter().any(|of| taken == *of) || arg.get_id().as_str().ends_with("database")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::{CommandFactory as _, Parser as _};
    use std::collections::BTreeSet;

    /// What the program says of a line.
    fn said(line: &[&str]) -> String {
        let words: Vec<OsString> = line.iter().map(Into::into).collect();
        let error = Cli::try_parse_from(&words).expect_err("the line is wrong");
        masked(error, Cli::command(), &words).to_string()
    }

    /// The commands that have such an option, each with the option.
    fn with_secret(command: &Command, before: &[String], found: &mut Vec<Vec<String>>) {
        for arg in command.get_arguments().filter(|arg| takes_secret(arg)) {
            let option = format!("--{}", arg.get_long().unwrap());
            found.push([before, &[option]].concat());
        }
        for below in command.get_subcommands() {
            with_secret(below, &[before, &[below.get_name().to_owned()]].concat(), found);
        }
    }

    /// Each way in which a person may give a secret where it does not belong.
    #[test]
    fn no_option_repeats_a_secret() {
        let mut lines = Vec::new();
        with_secret(&Cli::command(), &["ipxe-orch".to_owned()], &mut lines);
        let options: BTreeSet<_> = lines.iter().map(|line| line.last().unwrap().as_str()).collect();
        let all = ["--database", "--from", "--secret", "--server", "--to", "--var"];
        assert_eq!(options, all.into());
        for line in &lines {
            let line: Vec<_> = line.iter().map(String::as_str).collect();
            let (option, command) = line.split_last().unwrap();
            for value in [
                "root_password=geheim",
                "root password=geheim",
                "ann:geheim",
                "http://ann:geheim@db/x",
                "mysql:ann:geheim@db",
                "a=\u{1}",
            ] {
                let joined = format!("{option}={value}");
                // The second word of a value that was not joined, and an option that is none.
                for more in [
                    &[*option, value, "--no-such-option"][..],
                    &[&joined, "--no-such-option"],
                    &[*option, "root_password", value],
                    &[*option, "x", "--root_password", value],
                    &[*option, "x", &format!("--root_password={value}")],
                ] {
                    let Err(error) = Cli::try_parse_from([command, more].concat()) else {
                        continue;
                    };
                    drop(error);
                    let text = said(&[command, more].concat());
                    assert!(!text.contains("geheim"), "{line:?} {more:?}: {text}");
                }
            }
        }
    }

    #[test]
    fn other_values_are_still_named() {
        let line = ["ipxe-orch", "nics", "set", "web1", "no-mac"];
        assert!(said(&line).contains("no-mac"));
        assert!(said(&["ipxe-orch", "hosts", "show", "web1", "web2"]).contains("web2"));
    }
}
