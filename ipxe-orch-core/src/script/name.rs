//! Names of settings: `[scope/]name[:type]`, read as `parse_setting_name()` in `core/settings.c`
//! does.

use super::{kind::Kind, known::Known, number::strtoul};

/// The name of a setting, split into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SettingName {
    /// The scope, which is a device such as `net0`, or empty.
    pub(super) scope: String,
    /// The name. A number of a DHCP option is written as `#3`, or as the name that it has.
    pub(super) name: String,
    /// The type that the name says, or that iPXE has for it.
    pub(super) kind: Option<Kind>,
}

/// Scopes in which a number is not the number of a DHCP option.
const NUMBERED: [&str; 6] = ["smbios", "pci", "usb", "acpi", "cpuid", "memmap"];

impl SettingName {
    /// Splits a name. `None` if the type is unknown: such a setting is always empty and cannot be
    /// set.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scope, rest) = text.split_once('/').unwrap_or(("", text));
        let (name, kind) = match rest.split_once(':') {
            Some((name, kind)) => (name, Some(Kind::from_name(kind)?)),
            None => (rest, None),
        };
        let tag = tag(name).filter(|_| !NUMBERED.contains(&scope));
        let known = tag.map_or_else(|| Known::by_name(name), Known::by_tag);
        let name = match (known, tag) {
            (Some(known), _) => known.name.to_owned(),
            (None, Some(tag)) => format!("#{tag}"),
            (None, None) => name.to_owned(),
        };
        let kind = kind.or(known.map(|known| known.kind));
        Some(Self { scope: scope.to_owned(), name, kind })
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

/// The number of a DHCP option that a name is, such as `3` or `175.189` (`parse_setting_tag()`).
fn tag(name: &str) -> Option<u64> {
    let (mut tag, mut rest) = (0_u64, name);
    loop {
        let (part, after) = strtoul(rest, 0);
        tag = (tag << 8) | part;
        match after.strip_prefix('.') {
            Some(after) => rest = after,
            None => return (after.is_empty() && tag > 0).then_some(tag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_a_dhcp_option() {
        let parsed = |text: &str| SettingName::parse(text).unwrap();
        let path = |text: &str| parsed(text).path();
        assert_eq!(
            [path("3"), path("0xc:hex"), path("175.189")],
            ["gateway", "hostname", "san-drive"]
        );
        assert_eq!([path("209"), path("0xd1"), path("net0/209")], ["#209", "#209", "net0/#209"]);
        assert_eq!(
            [path("smbios/1.4.0.0"), path("a.b"), path("0")],
            ["smbios/1.4.0.0", "a.b", "0"]
        );
        assert_eq!((parsed("3").kind, parsed("209").kind), (Some(Kind::Ipv4), None));
        assert_eq!(parsed("hostname:int8").kind, Some(Kind::Int(1)));
        assert_eq!(SettingName::parse("a:nosuch"), None);
    }
}
