//! The end of the script itself.

use super::{End, branch::Step};
use crate::script::{
    commands::Call,
    expand::HOLE,
    finding::Code,
    number::number,
    rules::{Firmware, Role},
};

pub(super) fn exit(step: &mut Step<'_>, call: &Call<'_>) {
    match call.operand() {
        None => exits(step, Some(0)),
        Some(text) if text.contains(HOLE) => {
            step.fails();
            exits(step, None);
        }
        Some(text) => match number(text) {
            Some(status) => exits(step, Some(status)),
            // With something that is not a number, `exit` fails and the script goes on.
            None => step.fails(),
        },
    }
}

/// With status 0 a UEFI firmware opens its menu. With another status it tries the next entry
/// (measured with OVMF).
pub(super) fn exits(step: &mut Step<'_>, status: Option<u32>) {
    match (step.around.role, step.around.firmware, status) {
        (Role::Server, ..) => step.found.ends.push(End::Returns),
        (Role::Image(_), Firmware::Bios, _) => step.found.ends.push(End::NextDevice),
        (Role::Image(_), _, Some(1..)) => step.found.ends.push(End::NextEntry),
        (Role::Image(_), ..) => {
            step.found(Code::Stops, "with status 0 a UEFI firmware opens its menu");
        }
    }
}
