//! Checks for commands that may wait too long.

use super::{Place, shown};
use crate::script::{
    commands::{Call, Wait},
    finding::{Code, Finding},
};

pub(super) fn waits(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    if call.has_several_paths() {
        let what = format!("{} {}", call.spec.name, shown(&call.rest(0)));
        return Some(place.finding(Code::SeveralPaths, what));
    }
    match call.wait() {
        Wait::Limited => None,
        Wait::Progress | Wait::Endless(_) if is_local(place, call) => None,
        Wait::Progress => {
            let here = place.facts.first_timeout == Some(place.line.number);
            let what = || format!("{} --timeout", call.spec.name);
            here.then(|| place.finding(Code::IdleTimeout, what()))
        }
        Wait::Endless(why) => Some(place.finding(Code::EndlessWait, why)),
        Wait::OwnLimit => {
            let what = format!("{} without a --timeout", call.spec.name);
            Some(place.finding(Code::OwnLimit, what))
        }
        Wait::Person(why) => Some(place.finding(Code::WaitsForPerson, why)),
    }
}

/// Whether the command works on an image that the script has already loaded.
pub(super) fn is_local(place: &Place<'_>, call: &Call<'_>) -> bool {
    match call.operand() {
        None => call.spec.downloads(),
        Some(name) => {
            let takes_images = matches!(
                call.spec.name,
                "imgselect" | "imgload" | "imgargs" | "imgexec" | "boot" | "shim" | "certstore"
            );
            takes_images && place.facts.images.contains(name)
        }
    }
}
