//! Relative addresses that no longer point to the script's own server.
//!
//! Whenever `next-server` changes, by DHCP or by `set`, iPXE makes addresses relative to
//! `tftp://${next-server}/` until the script ends (`tftp_apply_settings()` in `net/udp/tftp.c`).
//! v2.0.0 does this only if a script has no address of its own (commit `a69afd743`).

use super::{Place, masked, shown, wait};
use crate::script::{
    ast::{Command, Script, Word},
    commands::{Call, call},
    expand::HOLE,
    finding::{Code, Finding},
    flow::{After, Position},
    name::SettingName,
    prove::targets,
    rules::{Release, Role},
};
use std::collections::BTreeMap;

/// The commands that may run after `next-server` has changed, as line number and index within the
/// line, each with the number of the line that changed it.
pub(super) type Moved = BTreeMap<(usize, usize), usize>;

pub(super) fn moved(script: &Script) -> Moved {
    let mut found = Moved::new();
    for (index, line) in script.lines().iter().enumerate() {
        for (command, _) in line.chain.iter().enumerate().filter(|(_, command)| moves(command)) {
            follow(
                script,
                script.after(Position { line: index, command }, true),
                line.number,
                &mut found,
            );
        }
    }
    found
}

fn moves(command: &Command) -> bool {
    let words = masked(command);
    let Ok(call) = call(&words) else { return false };
    match call.spec.name {
        // DHCPv6 does not set `next-server`.
        "dhcp" | "ifconf" => call.option("configurator") != Some("ipv6"),
        "autoboot" | "pxebs" => true,
        "set" | "read" | "choose" => {
            let name = call.operand().and_then(SettingName::parse);
            name.is_some_and(|name| name.name == "next-server")
        }
        _ => false,
    }
}

/// Adds all commands that may run from `start` on.
fn follow(script: &Script, start: After, mover: usize, found: &mut Moved) {
    let mut open = vec![start];
    while let Some(after) = open.pop() {
        let After::Command(at) = after else { continue };
        let Some((line, command)) = script.at(at) else { continue };
        if found.contains_key(&(line.number, at.command)) {
            continue;
        }
        found.insert((line.number, at.command), mover);
        let words: Vec<_> = command.words.iter().map(Word::as_str).collect();
        match words.as_slice() {
            ["goto", label] => {
                let lines = targets(script, label).into_iter();
                open.extend(lines.map(|line| script.first_at(line)));
            }
            ["exit"] => {}
            _ => open.extend([true, false].map(|succeeded| script.after(at, succeeded))),
        }
    }
}

pub(super) fn relative(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    let concerns = place.rules.role == Role::Server && place.rules.release == Release::Debian13;
    let mover = place.facts.moved.get(&(place.line.number, place.index)).filter(|_| concerns)?;
    let what = own_address(place).or_else(|| {
        let uri = call.uris().iter().find(|uri| is_relative(uri))?;
        (!wait::is_local(place, call)).then(|| shown(uri))
    })?;
    Some(place.finding(Code::MovedAddress, format!("`{what}` after line {mover}")))
}

/// The setting with the script's own address or folder that the command uses, if it uses one.
fn own_address(place: &Place<'_>) -> Option<String> {
    let mut names = place.command.words.iter().flat_map(Word::settings);
    let is_own = |name: SettingName| matches!(name.path().as_str(), "cwuri" | "cwduri");
    let name = names.find(|name| SettingName::parse(name).is_some_and(is_own))?;
    Some(format!("${{{name}}}"))
}

/// Whether the text is certainly not an absolute address (`parse_uri()` in `core/uri.c`).
fn is_relative(uri: &str) -> bool {
    let scheme = |c: char| c.is_ascii_alphabetic() || "-_".contains(c);
    !uri.trim_start_matches(scheme).starts_with([':', HOLE])
}
