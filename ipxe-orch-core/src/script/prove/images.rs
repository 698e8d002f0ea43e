//! Commands on images, in the proof.

use super::{End, branch::Step, state::State};
use crate::script::{
    commands::{Call, Leaves},
    expand::HOLE,
    rules::{ANSWER, is_reserved},
    settings::Value,
};

pub(super) fn handles(call: &Call<'_>) -> bool {
    call.spec.downloads() || call.spec.name == "imgfree"
}

pub(super) fn run(step: &mut Step<'_>, call: &Call<'_>) {
    step.found.late |= step.state.claimed && call.spec.downloads() && !only_claimed(call);
    match call.spec.name {
        "imgfree" => free(step, call),
        "kernel" | "imgselect" | "imgload" => {
            step.fails();
            let selected = Some(image_name(call).unwrap_or_else(|| HOLE.to_string()));
            step.goes(State { selected, ..step.state.clone() }, true);
        }
        _ if call.spec.leaves == Leaves::Chains => execute(step, call),
        _ => {
            step.fails();
            let claimed = step.state.claimed || claims(call);
            step.goes(State { claimed, ..step.state.clone() }, true);
        }
    }
}

/// Whether the download makes sense only after the claim: answer files and reports. Without an
/// operand nothing is downloaded.
fn only_claimed(call: &Call<'_>) -> bool {
    call.operand().is_none_or(|uri| {
        let path = uri.split(['?', '#']).next().unwrap_or_default();
        path.contains("/answer/") || path.ends_with("/report")
    })
}

/// Whether the command fetches the claim of a ticket without executing it.
fn claims(call: &Call<'_>) -> bool {
    let path = call.operand().and_then(|uri| uri.split(['?', '#']).next());
    matches!(call.spec.name, "imgfetch" | "module" | "initrd")
        && path.is_some_and(|path| path.ends_with("/claim"))
}

/// The name that an image gets: the value of `--name`, or the last part of its URI.
fn image_name(call: &Call<'_>) -> Option<String> {
    let last = call.operand()?.split('?').next()?.rsplit('/').next()?;
    Some(call.option("name").unwrap_or(last).to_owned())
}

/// Whether the operand is the selected image, which needs no download.
pub(super) fn is_there(step: &Step<'_>, call: &Call<'_>) -> bool {
    let selected = step.state.selected.as_deref();
    selected.is_some_and(|name| !name.contains(HOLE)) && selected == call.operand()
}

fn free(step: &mut Step<'_>, call: &Call<'_>) {
    let freed = State { selected: None, ..step.state.clone() };
    if call.operands.is_empty() {
        return step.goes(freed, true);
    }
    step.fails();
    let selected = step.state.selected.as_ref();
    let touches = |name: &String| {
        name.contains(HOLE) || selected.is_some_and(|own| own == name || own.contains(HOLE))
    };
    if call.operands.iter().any(touches) {
        step.goes(freed, true);
    } else {
        step.succeeds();
    }
}

/// `chain`, `imgexec` and `boot`. Without a selected image they succeed and do nothing (measured).
fn execute(step: &mut Step<'_>, call: &Call<'_>) {
    if call.operand().is_some() && !is_there(step, call) {
        step.fails();
        step.boots(End::Chained);
        let state = after_child(step);
        step.goes(state.clone(), false);
        if call.option("replace").is_none() {
            step.goes(state, true);
        }
        return;
    }
    match step.state.selected.as_deref() {
        None => step.succeeds(),
        Some(name) => {
            let sure = !name.contains(HOLE);
            step.fails();
            step.boots(End::Kernel);
            if !sure {
                step.succeeds();
            }
        }
    }
}

/// The state after a chained script. That script may have changed every setting that is not
/// reserved for the image, attached a SAN drive and selected an image.
fn after_child(step: &Step<'_>) -> State {
    let mut state = step.state.clone();
    let free: Vec<_> = state.settings.names().filter(|name| !is_reserved(name)).cloned().collect();
    for name in free {
        state.settings.put(name, Value::Unknown);
    }
    state.settings.put(ANSWER.to_owned(), Value::Unknown);
    state.selected = Some(HOLE.to_string());
    state.hooked = true;
    state
}
