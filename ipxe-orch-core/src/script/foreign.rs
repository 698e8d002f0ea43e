//! Values that the machine or its network chooses. iPXE expands a word for as long as it holds a
//! `${...}`, so a serial number `${serial}` keeps it busy for ever (measured).
//!
//! Such a value does no harm if its type shows letters and digits only: `${serial:hexraw}`. A word
//! is expanded before its command runs, also that of `isset` and of `set`. What `set` stores holds no
//! complete `${...}` any more, but it may hold a part of one.

use super::{
    expand::HOLE,
    finding::{Code, Finding},
    kind::Kind,
    known::{Known, Source, elsewhere},
    name::SettingName,
    pattern::{ANY, is_computed, meet, mentions, settings},
    reach::{Def, Reach},
};
use std::collections::BTreeSet;

/// How often values are followed from setting to setting.
const ROUNDS: usize = 64;

/// The uses of foreign values in a script.
pub(super) fn uses(reach: &Reach<'_>) -> Vec<Finding> {
    // Most scripts use none, and the rest is expensive.
    let words = || reach.commands.iter().flat_map(|(_, command)| &command.words);
    let shows = words().any(|word| settings(word.as_str()).iter().any(may_be_foreign));
    if !shows && !reach.defs.iter().any(|def| def.kind == Some(Kind::UriStr)) {
        return Vec::new();
    }
    let mut foreign = Foreign { reach, tainted: BTreeSet::new(), compared: 0 };
    let mut found = BTreeSet::new();
    for _ in 0..ROUNDS {
        let before = foreign.tainted.len();
        found = foreign.look();
        if foreign.tainted.len() == before {
            break;
        }
    }
    found.into_iter().collect()
}

/// Whether the use of a name is a reason to look at the whole script: it is a foreign value itself,
/// or bytes that are shown as text.
fn may_be_foreign(name: &SettingName) -> bool {
    let shows = name.kind.is_none_or(|kind| !kind.is_plain());
    let text = name.kind.is_some_and(|kind| !kind.is_plain());
    shows && (text || Source::of(name) != Source::Ipxe)
}

struct Foreign<'a> {
    reach: &'a Reach<'a>,
    /// The numbers of the definitions whose bytes may be anything.
    tainted: BTreeSet<usize>,
    /// The number of definitions that were looked at. With too many, the proof gives up as well.
    compared: usize,
}

/// The largest number of definitions that are looked at.
const COMPARISONS: usize = 300_000;

impl Foreign<'_> {
    /// Looks at each command once. Definitions from foreign values become foreign themselves.
    fn look(&mut self) -> BTreeSet<Finding> {
        let mut found = BTreeSet::new();
        let mut tainted = BTreeSet::new();
        for (node, (at, command)) in self.reach.commands.iter().enumerate() {
            let number = self.reach.line_number(at.line);
            let own = self.reach.defs.partition_point(|def| def.node < node);
            let def = self.reach.defs.get(own).filter(|def| def.node == node);
            for (index, word) in command.words.iter().enumerate() {
                let names = settings(word.as_str());
                for name in &names {
                    if self.is_foreign(node, name) {
                        let what = format!("`${{{}}}`", shown(name));
                        found.insert(Finding::new(number, Code::ForeignValue, what));
                        tainted.extend(def.map(|_| own));
                    }
                }
                // Digits that are not known become bytes that are not known.
                let value = index >= 2 && !names.is_empty();
                if value
                    && def.is_some_and(makes_bytes)
                    && self.reach.texts(node, word.as_str()).is_none()
                {
                    tainted.insert(own);
                }
            }
        }
        self.tainted.extend(tainted);
        found
    }

    /// Whether the use of a setting shows a value that may hold `${`.
    fn is_foreign(&mut self, node: usize, name: &SettingName) -> bool {
        if name.kind.is_some_and(Kind::is_plain) || self.compared > COMPARISONS {
            return false;
        }
        let origin = self.reach.origin(node, &name.path());
        self.compared += origin.defs.len() + 1;
        let outside = Source::of(name) != Source::Ipxe;
        let set = origin.defs.iter().any(|number| {
            let Some(def) = self.reach.defs.get(*number) else { return false };
            // Without a type, the value is shown in the type in which it was set.
            let plain = name.kind.is_none() && def.kind.is_some_and(Kind::is_plain);
            let empty = outside && self.may_clear(def);
            (self.tainted.contains(number) && !plain) || empty
        });
        set || (origin.outside && outside)
    }

    /// Whether a command may clear the setting, so that the value from outside shows.
    fn may_clear(&self, def: &Def) -> bool {
        let Some((_, command)) = self.reach.commands.get(def.node) else { return true };
        let values = command.words.get(2..).unwrap_or_default();
        let empty = |word: &str| mentions(word).0.chars().all(|c| c == ANY);
        let is_set = command.words.first().is_some_and(|word| word.as_str() == "set");
        is_set
            && values.len() < 2
            && values.iter().all(|word| {
                empty(word.as_str()) && self.reach.texts(def.node, word.as_str()).is_none()
            })
    }
}

/// Whether the command turns text into bytes of any value.
fn makes_bytes(def: &Def) -> bool {
    matches!(
        def.kind,
        Some(
            Kind::Hex
                | Kind::HexHyp
                | Kind::HexRaw
                | Kind::Base64
                | Kind::UriStr
                | Kind::Uuid
                | Kind::Guid
                | Kind::Ipv4
                | Kind::Ipv6
                | Kind::Int(4)
                | Kind::Uint(4)
        )
    )
}

impl Source {
    /// Where the value of a name comes from if no script has set it. A name that iPXE does not know is
    /// of a script, which is ours.
    fn of(name: &SettingName) -> Self {
        let scope = name.scope.split('.').next().unwrap_or_default();
        match scope {
            "smbios" | "efi" | "acpi" | "fdt" => return Self::Machine,
            "builtin" | "pci" | "usb" | "cpuid" | "memmap" => return Self::Ipxe,
            _ => {}
        }
        if name.name.starts_with('#') {
            return Self::Network;
        }
        if is_computed(&name.name) {
            let of = |own: &str| Self::of_name(own).filter(|_| meet(own, &name.name));
            let found = Known::names().filter_map(of).find(|source| *source != Self::Ipxe);
            return found.unwrap_or(Self::Ipxe);
        }
        Self::of_name(&name.name).unwrap_or(Self::Ipxe)
    }

    fn of_name(name: &str) -> Option<Self> {
        let known = Known::by_name(name).map(|known| known.source);
        known.or_else(|| elsewhere(name).map(|_| Self::Machine))
    }
}

/// The name as a script writes it.
fn shown(name: &SettingName) -> String {
    let path = name.path().replace([ANY, HOLE], "...").replace('#', "");
    match name.kind {
        Some(Kind::UriStr) => format!("{path}:uristring"),
        Some(Kind::DnsSl) => format!("{path}:dnssl"),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    fn found(text: &str) -> Vec<(usize, String)> {
        let script = Script::parse(&format!("#!ipxe\n{text}\n")).unwrap();
        uses(&Reach::of(&script))
            .into_iter()
            .map(|finding| (finding.line - 1, finding.what))
            .collect()
    }

    fn lines(text: &str) -> Vec<usize> {
        let lines: BTreeSet<_> = found(text).into_iter().map(|(line, _)| line).collect();
        lines.into_iter().collect()
    }

    #[test]
    fn what_the_machine_or_its_network_chooses_is_used_in_a_plain_form_only() {
        for foreign in [
            "${serial}",
            "${serial:uristring}",
            "${asset:string}",
            "a${product}b",
            "${net0/${manufacturer}}",
            "${board-serial}",
            "${smbios/serial}",
            "${smbios/1.4.0.0}",
            "${hostname}",
            "${net0/hostname}",
            "${net${idx}/domain}",
            "${net0.dhcp/filename}",
            "${12}",
            "${209}",
            "${0xd1:uristring}",
            "${root-path}",
            "${dnssl}",
            "${mac:string}",
            "${uuid:string}",
            "${ip:string}",
            "${cpumodel}",
        ] {
            assert_eq!(lines(&format!("isset {foreign} ||")), [1], "{foreign}");
        }
        for plain in [
            "${serial:hexraw}",
            "${serial:hexhyp}",
            "${serial:hex}",
            "${asset:base64}",
            "${209:hexraw}",
            "${uuid}",
            "${mac}",
            "${net${idx}/mac:hexhyp}",
            "${next-server}",
            "${ip}",
            "${platform}",
            "${buildarch}",
            "${cwduri}",
            "${version}",
            "${errno}",
            "${net0/ifname}",
            "${anything}",
            "${orch-server${n}}",
        ] {
            assert_eq!(lines(&format!("isset {plain} ||")), [0; 0], "{plain}");
        }
        assert_eq!(found("echo ${serial:uristring}"), [(1, "`${serial:uristring}`".to_owned())]);
    }

    #[test]
    fn a_value_is_followed_from_setting_to_setting() {
        assert_eq!(lines("set a ${serial}\nset b x${a}\necho ${b}"), [1, 2, 3]);
        assert_eq!(lines("set a:hexraw ${serial:hexraw}\necho ${a}\necho ${a:string}"), [3]);
        assert_eq!(
            lines(
                "set a ${serial:hexraw}\necho ${a}\nset b:hexraw ${a}\necho ${b}\necho ${b:string}"
            ),
            [5]
        );
        assert_eq!(lines("set net0/a:base64 ${asset:base64}\necho ${a:uristring}"), [2]);
        assert_eq!(lines("set a:hexraw 414243\necho ${a:string}"), [0; 0]);
        assert_eq!(lines("set a:uristring ${x}\necho ${a}"), [2]);
    }

    #[test]
    fn what_the_script_has_set_itself_is_not_foreign() {
        assert_eq!(lines("set hostname web1\necho ${hostname}"), [0; 0]);
        assert_eq!(lines("isset ${x} && set hostname web1 ||\necho ${hostname}"), [2]);
        assert_eq!(lines("set hostname web1\nclear hostname\necho ${hostname}"), [3]);
        assert_eq!(lines("set hostname ${x}\necho ${hostname}"), [2]);
        assert_eq!(lines("set hostname a${x}\necho ${hostname}"), [0; 0]);
        assert_eq!(lines("set 12 web1\necho ${hostname}"), [0; 0]);
        assert_eq!(lines("set hostname web1\nchain --timeout 1 a ||\necho ${hostname}"), [3]);
        // Nothing of this runs, but it is looked at.
        assert_eq!(lines("exit\necho ${serial}"), [2]);
    }
}
