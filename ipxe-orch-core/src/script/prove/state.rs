//! A state of the proof.

use super::{MAX_DEVICES, live::Live, relevant::Relevant};
use crate::script::{
    flow::Position,
    name::SettingName,
    reach::Reach,
    rules::{ANSWER, Firmware, Role, is_reserved},
    settings::{Block, Given, Settings, Value},
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) at: Position,
    pub(super) settings: Settings,
    /// The name of the selected image; a hole if some image may be selected.
    pub(super) selected: Option<String>,
    pub(super) hooked: bool,
    pub(super) claimed: bool,
}

impl State {
    /// About how many bytes the state takes.
    pub(super) fn size(&self) -> usize {
        self.settings.size() + self.selected.as_ref().map_or(0, String::len) + 64
    }
}

/// What a machine may know before the script sets it.
pub(super) struct Surroundings<'a> {
    pub(super) firmware: Firmware,
    pub(super) role: Role,
    pub(super) relevant: Relevant,
    pub(super) live: Live,
    pub(super) reach: Reach<'a>,
}

impl Given for Surroundings<'_> {
    fn given(&self, name: &SettingName) -> Option<Value> {
        let fixed = match (name.path().as_str(), self.firmware) {
            ("platform", Firmware::Bios) => Some("pcbios"),
            ("platform", _) => Some("efi"),
            ("buildarch", Firmware::Bios) => Some("i386"),
            _ => None,
        };
        if let Some(text) = fixed {
            return Some(Value::text(text));
        }
        let path = name.path();
        let missing = match name.device() {
            Some(device) => device >= MAX_DEVICES,
            // Settings that only the image sets have no value before.
            None => {
                matches!(self.role, Role::Image(_))
                    && (path == ANSWER || is_reserved(&path))
                    && self.relevant.tracks(&path)
            }
        };
        (!missing).then_some(Value::Unknown)
    }

    fn firmware(&self) -> Firmware {
        self.firmware
    }

    fn block(&self, scope: &str) -> Block {
        Block::of(scope, self.firmware).unwrap_or_else(|| Block::anywhere(scope))
    }
}
