//! Checks for commands that may wait too long.

use super::{Place, shown};
use crate::script::{
    commands::{Call, Waits},
    finding::{Code, Finding},
};

pub(super) fn waits(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    let name = call.spec.name;
    if call.has_several_paths() {
        let what = format!("{name} {}", shown(&call.rest(0)));
        return Some(place.finding(Code::SeveralPaths, what));
    }
    let limited = call.timeout().is_some();
    let (code, what) = match call.spec.waits {
        Waits::Never => return None,
        Waits::Network if is_local(place, call) => return None,
        Waits::Network if limited && call.spec.downloads() => {
            let here = place.facts.first_timeout == Some(place.line.number);
            return here.then(|| place.finding(Code::IdleTimeout, format!("{name} --timeout")));
        }
        Waits::Network | Waits::PersonOrTimeout if limited => return None,
        Waits::Network => (Code::EndlessWait, format!("{name} without a --timeout")),
        Waits::Limited if limited || call.spec.option("timeout").is_none() => return None,
        Waits::Limited => (Code::OwnLimit, format!("{name} without a --timeout")),
        Waits::Counted if call.is_counted() => return None,
        Waits::Counted => (Code::EndlessWait, format!("{name} without a --count")),
        Waits::Operand if call.sleeps_briefly() => return None,
        Waits::Operand => (Code::EndlessWait, format!("{name} {}", shown(&call.rest(0)))),
        Waits::PersonOrTimeout | Waits::Person => {
            (Code::WaitsForPerson, format!("{name} waits for a person"))
        }
    };
    Some(place.finding(code, what))
}

/// Whether the command works on an image that the script has already loaded.
pub(super) fn is_local(place: &Place<'_>, call: &Call<'_>) -> bool {
    match call.operand() {
        None => call.spec.downloads(),
        Some(name) => {
            let takes_images = matches!(
                call.spec.name,
                "imgselect" | "imgload" | "imgargs" | "imgexec" | "boot" | "shim"
            );
            takes_images && place.facts.images.contains(name)
        }
    }
}
