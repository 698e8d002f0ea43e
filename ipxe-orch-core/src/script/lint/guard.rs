//! Checks for commands whose failure ends the script.

use super::{Place, shown};
use crate::script::{
    commands::{Call, Fails},
    expand::HOLE,
    finding::{Code, Finding},
    flow::Position,
    name::SettingName,
    number::number,
    rules::Firmware,
    settings::{Block, Given, Settings, Value, Verdict},
};

pub(super) fn guarded(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    let handled = place.line.next(place.index, false).is_some();
    if handled || !can_fail(place, call) {
        return None;
    }
    let what = format!("`{} {}` may fail", call.spec.name, shown(&call.rest(0)));
    Some(place.finding(Code::UnguardedFailure, what))
}

fn can_fail(place: &Place<'_>, call: &Call<'_>) -> bool {
    match (call.spec.fails, call.spec.name) {
        // A text that begins with `-` would be taken for an option.
        (Fails::Never, "echo") => call.operand().is_some_and(|text| text.starts_with(HOLE)),
        (Fails::Never, _) => false,
        (Fails::OnSettings, "isset" | "iseq") => true,
        (Fails::OnSettings, "sleep") => call.operand().and_then(number).is_none(),
        (Fails::OnSettings, "inc") => !is_counter(place, call),
        (Fails::OnSettings, _) => {
            Settings::default().run(call, &Nothing) != Some(Verdict::Succeeds)
        }
        (Fails::OnWorld, "imgfree" | "imgstat") => !call.operands.is_empty(),
        (Fails::OnWorld, "item") => !has_menu(place),
        // Without an operand and without a selected image they succeed and do nothing (measured).
        (Fails::OnWorld, _) => true,
    }
}

fn has_menu(place: &Place<'_>) -> bool {
    let line = place.script.lines().iter().position(|line| line.number == place.line.number);
    let at = line.map(|line| Position { line, command: place.index });
    at.is_some_and(|at| place.reach.has_menu(at))
}

/// Whether every `set` of this setting in the script sets it to a whole number.
fn is_counter(place: &Place<'_>, inc: &Call<'_>) -> bool {
    let path = |name: &str| SettingName::parse(name).map(|name| name.path());
    let by = inc.operands.get(1).is_none_or(|by| number(by).is_some());
    let counter = inc.operand().and_then(path).filter(|path| !path.contains(HOLE));
    counter.is_some_and(|counter| by && !place.facts.no_counters.contains(&counter))
}

struct Nothing;

impl Given for Nothing {
    fn given(&self, _: &SettingName) -> Option<Value> {
        None
    }

    fn firmware(&self) -> Firmware {
        Firmware::Uefi
    }

    fn block(&self, scope: &str) -> Block {
        Block::anywhere(scope)
    }
}
