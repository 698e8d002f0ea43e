//! The linter: finds mistakes that iPXE would show only at the machine's console, or not at all.

mod facts;
mod guard;
mod moved;
mod place;
#[cfg(test)]
mod tests;
mod wait;
mod words;

use super::{
    Finding, Role, Rules, Script,
    ast::{Command, Line},
    commands::call,
    expand::{HOLE, expand},
    finding::Code,
    foreign, prove,
    reach::Reach,
    stack,
};
use crate::image::REGION_LEN;
use facts::Facts;

/// A command of the script, with everything that the checks need.
struct Place<'a> {
    script: &'a Script,
    reach: &'a Reach<'a>,
    facts: &'a Facts,
    rules: &'a Rules,
    line: &'a Line,
    index: usize,
    command: &'a Command,
}

impl Place<'_> {
    fn finding(&self, code: Code, what: impl Into<String>) -> Finding {
        Finding::new(self.line.number, code, what)
    }
}

/// Finds the mistakes in a script, sorted by line. A script is called clean if it has no finding
/// above [`Severity::Note`](super::Severity::Note).
///
/// # Example
///
/// ```
/// use ipxe_orch_core::script::{Rules, Script, lint};
/// let script = Script::parse("#!ipxe\nchain next.ipxe --timeout 4000\n")?;
/// let codes: Vec<_> = lint(&script, &Rules::server()).iter().map(|f| f.code.name()).collect();
/// assert_eq!(codes, ["option-after-operand", "unguarded-failure", "endless-wait"]);
/// # Ok::<(), ipxe_orch_core::script::ParseError>(())
/// ```
pub fn lint(script: &Script, rules: &Rules) -> Vec<Finding> {
    let mut found = place::labels(script);
    if matches!(rules.role, Role::Image(_)) && script.len() > REGION_LEN {
        let what = format!("the script has {} bytes of {REGION_LEN}", script.len());
        found.push(Finding::new(1, Code::OverRegion, what));
    }
    found.extend(stack::long_lines(script));
    let reach = Reach::of(script);
    found.extend(foreign::uses(&reach));
    let facts = Facts::of(script);
    for (line, index, command) in script.commands() {
        let place = Place { script, reach: &reach, facts: &facts, rules, line, index, command };
        found.extend(check(&place));
    }
    // Whether a claim comes before each boot depends on paths, so the proof's search answers it.
    found.extend(prove::claims(script, *rules));
    found.sort();
    found.dedup();
    found
}

fn check(place: &Place<'_>) -> Vec<Finding> {
    let mut found = words::settings(place);
    let words = masked(place.command);
    let Some(name) = words.first() else { return found };
    if name.contains(HOLE) {
        found.push(place.finding(Code::NotAnalysed, "the name of the command is a setting"));
        return found;
    }
    match call(&words) {
        Err(why) => found.push(words::wrong(place, name, &why)),
        Ok(call) => {
            found.extend(words::build(place, &call));
            found.extend(words::late_options(place, &call));
            found.extend(place::target(place, &call));
            found.extend(place::own_volume(place, &call));
            found.extend(guard::guarded(place, &call));
            found.extend(wait::waits(place, &call));
            found.extend(place::server(place, &call));
            found.extend(place::reserved(place, &call));
            found.extend(moved::relative(place, &call));
        }
    }
    found
}

/// The words of a command, with a hole in place of each setting.
fn masked(command: &Command) -> Vec<String> {
    let hole = |word: &str| expand(word, |_| HOLE.to_string());
    command.words.iter().map(|word| hole(word.as_str()).unwrap_or_default()).collect()
}

/// The text as people see it, with `...` in place of what is not known.
fn shown(text: &str) -> String {
    text.replace(HOLE, "...")
}
