//! Relative addresses that are the script's no more. Whenever `next-server` has changed, by DHCP or
//! by `set`, iPXE takes `tftp://${next-server}/` for what addresses are relative to, until the script
//! ends (`tftp_apply_settings()` in `net/udp/tftp.c`). v2.0.0 does so only where a script has no
//! address of its own (commit `a69afd743`).

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

/// Commands, as number of their line and index in its chain, that may run after one that moves
/// relative addresses, with the number of its line.
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
        // IPv6 tells no such server.
        "dhcp" | "ifconf" => call.option("configurator") != Some("ipv6"),
        "autoboot" | "pxebs" => true,
        "set" | "read" | "choose" => {
            let name = call.operand().and_then(SettingName::parse);
            name.is_some_and(|name| name.name == "next-server")
        }
        _ => false,
    }
}

/// Adds what may run from `start` on.
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

/// A setting that holds the address of the script, or its folder.
fn own_address(place: &Place<'_>) -> Option<String> {
    let mut names = place.command.words.iter().flat_map(Word::settings);
    let is_own = |name: SettingName| matches!(name.path().as_str(), "cwuri" | "cwduri");
    let name = names.find(|name| SettingName::parse(name).is_some_and(is_own))?;
    Some(format!("${{{name}}}"))
}

/// Whether it is certainly no address by itself (`parse_uri()` in `core/uri.c`).
fn is_relative(uri: &str) -> bool {
    let scheme = |c: char| c.is_ascii_alphabetic() || "-_".contains(c);
    !uri.trim_start_matches(scheme).starts_with([':', HOLE])
}
