//! Names of settings: `[scope/]name[:type]` (`parse_setting_name()` in `core/settings.c`).

use super::kind::Kind;

/// The name of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SettingName {
    /// A device as `net0`, or nothing.
    pub(super) scope: String,
    pub(super) name: String,
    pub(super) kind: Option<Kind>,
}

impl SettingName {
    /// `None` for an unknown type: the setting then is empty, and cannot be set.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scope, rest) = text.split_once('/').unwrap_or(("", text));
        let (name, kind) = match rest.split_once(':') {
            Some((name, kind)) => (name, Some(Kind::from_name(kind)?)),
            None => (rest, None),
        };
        Some(Self { scope: scope.to_owned(), name: name.to_owned(), kind })
    }

    /// Number of the device, for a name as `net0/mac`.
    pub(super) fn device(&self) -> Option<usize> {
        self.scope.strip_prefix("net")?.parse().ok()
    }

    /// Without the type.
    pub(super) fn path(&self) -> String {
        if self.scope.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.scope, self.name)
        }
    }
}
