//! `man`: the manual pages of all commands.

use super::{
    Cli,
    error::{CliError, CliResult},
    output::{Output, note},
};
use crate::config::variables;
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};
use std::{fs, io, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch man --out /usr/local/share/man/man1
  ipxe-orch man | man -l -";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ManArgs {
    /// The folder for the pages, one for each command; without it, all pages are printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs, out: Output) -> CliResult {
    let pages =
        pages().map_err(|error| CliError::Failed(format!("the pages cannot be made: {error}")))?;
    let Some(folder) = &args.out else {
        return pages.iter().try_for_each(|page| out.data(&page.text));
    };
    fs::create_dir_all(folder).map_err(|error| CliError::file("made", folder, &error))?;
    for page in &pages {
        let path = folder.join(&page.file);
        fs::write(&path, &page.text).map_err(|error| CliError::file("written", &path, &error))?;
    }
    note(format_args!("wrote {} pages to {}", pages.len(), folder.display()));
    Ok(())
}

/// A page in roff.
struct Page {
    /// As `ipxe-orch-hosts-mark.1`.
    file: String,
    text: String,
}

fn pages() -> io::Result<Vec<Page>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, None, &mut pages)?;
    Ok(pages)
}

/// The page of the command, then those of its subcommands.
fn add(command: &Command, parent: Option<&str>, pages: &mut Vec<Page>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let man = Man::new(command.clone()).source(concat!("ipxe-orch ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    synopsis(command).to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    sections(command, parent).to_writer(&mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    pages.push(Page { file: man.get_filename(), text });
    command.get_subcommands().try_for_each(|below| add(below, Some(name), pages))
}

/// As in the help, without each option of all commands.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([roman(usage.trim_start_matches("Usage:").trim())]);
    roff
}

/// What clap does not know of.
fn sections(command: &Command, parent: Option<&str>) -> Roff {
    let mut roff = Roff::new();
    if let Some(help) = command.get_after_help() {
        after_help(&mut roff, &help.to_string());
    }
    match parent {
        None => environment(&mut roff),
        Some(parent) => {
            roff.control("SH", ["SEE ALSO"]);
            roff.text([bold(parent), roman("(1)")]);
        }
    }
    roff
}

/// Examples up to an empty line, then notes.
fn after_help(roff: &mut Roff, help: &str) {
    let (examples, notes) = match help.strip_prefix("Examples:\n") {
        Some(text) => text.split_once("\n\n").unwrap_or((text, "")),
        None => ("", help),
    };
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        // Keeps the lines as they are.
        roff.control("nf", []);
        examples.lines().for_each(|line| {
            roff.text([roman(line)]);
        });
        roff.control("fi", []);
    }
    if !notes.is_empty() {
        roff.control("SH", ["NOTES"]);
        for paragraph in notes.split("\n\n") {
            roff.control("PP", []);
            roff.text([roman(paragraph)]);
        }
    }
}

fn environment(roff: &mut Roff) {
    roff.control("SH", ["ENVIRONMENT"]);
    for (name, what) in variables() {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(what)]);
    }
    roff.control("SH", ["FILES"]);
    roff.control("TP", []);
    roff.text([bold("/etc/ipxe-orch/config.toml")]);
    roff.text([roman("The configuration; `ipxe-orch config init` writes one.")]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All commands, as `ipxe-orch hosts mark`.
    fn names(command: &Command, before: &str) -> Vec<String> {
        let name = format!("{before}{}", command.get_name());
        let below = command.get_subcommands().flat_map(|below| names(below, &format!("{name} ")));
        std::iter::once(name.clone()).chain(below).collect()
    }

    #[test]
    fn each_command_has_a_page_and_each_section_a_text() {
        let pages = pages().unwrap();
        let files: Vec<_> = pages.iter().map(|page| page.file.clone()).collect();
        let commands = names(&Cli::command(), "");
        let expected: Vec<_> =
            commands.iter().map(|name| format!("{}.1", name.replace(' ', "-"))).collect();
        assert_eq!(files, expected);
        for (Page { file, text }, command) in pages.iter().zip(&commands) {
            let sections: Vec<_> = text.split("\n.SH ").skip(1).collect();
            for section in &sections {
                let written = |line: &str| !line.is_empty() && !line.starts_with('.');
                let (heading, body) = section.split_once('\n').unwrap();
                assert!(body.lines().any(written), "{file}: {heading} is empty");
            }
            let synopsis = sections.iter().find(|section| section.starts_with("SYNOPSIS"));
            let usage = command.replace('-', "\\-");
            assert!(synopsis.unwrap().contains(&usage), "{file}: {synopsis:?}");
        }
    }

    #[test]
    fn examples_keep_their_lines_and_notes_follow() {
        let pages = pages().unwrap();
        let text = &pages.iter().find(|page| page.file == "ipxe-orch-config.1").unwrap().text;
        let examples = "\n.SH EXAMPLES\n.nf\n  ipxe\\-orch config show\n  ipxe\\-orch config init";
        assert!(text.contains(examples), "{text}");
        assert!(text.contains("\n.fi\n.SH NOTES\n.PP\nSettings come from"), "{text}");
    }
}
