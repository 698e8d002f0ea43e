//! Names of settings: `[scope/]name[:type]`, read as `parse_setting_name()` in `core/settings.c`
//! does.

use super::kind::Kind;

/// The name of a setting, split into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SettingName {
    /// The scope, which is a device such as `net0`, or empty.
    pub(super) scope: String,
    pub(super) name: String,
    pub(super) kind: Option<Kind>,
}

impl SettingName {
    /// Splits a name. `None` if the type is unknown: such a setting is always empty and cannot be
    /// set.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scope, rest) = text.split_once('/').unwrap_or(("", text));
        let (name, kind) = match rest.split_once(':') {
            Some((name, kind)) => (name, Some(Kind::from_name(kind)?)),
            None => (rest, None),
        };
        Some(Self { scope: scope.to_owned(), name: name.to_owned(), kind })
    }

    /// The number of the device in a name such as `net0/mac`.
    pub(super) fn device(&self) -> Option<usize> {
        self.scope.strip_prefix("net")?.parse().ok()
    }

    /// The name with its scope, but without the type.
    pub(super) fn path(&self) -> String {
        if self.scope.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.scope, self.name)
        }
    }
}
