//! Facts about the whole script that the checks of a single command need.

use super::{
    masked,
    moved::{Moved, moved},
};
use crate::script::{ast::Script, commands::call, name::SettingName};
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Names by which the script refers to images that it has loaded. A command on one of them
    /// downloads nothing.
    pub(super) images: BTreeSet<String>,
    /// Settings that the script also sets to something other than a whole number.
    pub(super) no_counters: BTreeSet<String>,
    /// The number of the first line with `--timeout` on a download.
    pub(super) first_timeout: Option<usize>,
    /// Commands for which relative addresses no longer point to the script's own server.
    pub(super) moved: Moved,
}

impl Facts {
    pub(super) fn of(script: &Script) -> Self {
        let mut facts = Self { moved: moved(script), ..Self::default() };
        for (line, _, command) in script.commands() {
            let words = masked(command);
            let Ok(call) = call(&words) else { continue };
            if call.spec.downloads() {
                let path = call.operand().and_then(|uri| uri.split('?').next()).unwrap_or_default();
                let last = path.rsplit('/').next().filter(|last| *last != path);
                facts.images.extend(call.option("name").or(last).map(str::to_owned));
                let timed = call.timeout().map(|_| line.number);
                facts.first_timeout = facts.first_timeout.or(timed);
            }
            if matches!(call.spec.name, "set" | "read" | "choose") {
                let name = call.operand().unwrap_or_default();
                let typed = name.split_once(':').is_some_and(|(_, kind)| kind.contains("int"));
                let path = SettingName::parse(name).map(|name| name.path()).filter(|_| !typed);
                facts.no_counters.extend(path);
            }
        }
        facts
    }
}
