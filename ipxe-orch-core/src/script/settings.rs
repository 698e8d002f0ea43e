//! The settings of a running script, and the commands that only read and write settings.

use super::{
    commands::Call,
    expand::{Endless, HOLE, expand},
    kind::{Kind, bytes_of, numeric},
    known::Known,
    name::SettingName,
    number::number,
    rules::Firmware,
};
use std::collections::{BTreeMap, BTreeSet};

/// A value: bytes with a type, or a value that is not known and may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Known(Kind, Vec<u8>),
    Unknown,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Known(Kind::Str, super::text::raw(text))
    }

    /// The value as text. A text ends at its first NUL, because iPXE's strings do.
    fn show(&self, kind: Option<Kind>, firmware: Firmware) -> String {
        let Self::Known(own, raw) = self else { return HOLE.to_string() };
        let kind = kind.unwrap_or(*own);
        let shown = |raw: &[u8]| {
            let mut text = kind.format(raw, firmware).unwrap_or_default();
            text.truncate(text.find('\0').unwrap_or(text.len()));
            text
        };
        let is_known = !raw.iter().any(|byte| char::from(*byte) == HOLE);
        match (own, kind) {
            _ if is_known => shown(raw),
            // Only texts have unknown parts.
            (Kind::Str, Kind::Str | Kind::UriStr) => {
                let parts: Vec<_> =
                    raw.split(|byte| char::from(*byte) == HOLE).map(shown).collect();
                parts.join(HOLE.encode_utf8(&mut [0; 4]))
            }
            (Kind::Str, _) => HOLE.to_string(),
            _ => shown(raw),
        }
    }
}

/// The result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeeds,
    Fails,
    /// It depends on something that is not known.
    Either,
}

impl From<bool> for Verdict {
    fn from(succeeds: bool) -> Self {
        if succeeds { Self::Succeeds } else { Self::Fails }
    }
}

/// What a script can do with the settings of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// It can set anything.
    Any,
    /// A network device: some of its properties cannot be changed.
    Device,
    /// A network device, if the machine has it.
    MaybeDevice,
    /// It can set nothing.
    Nothing,
    /// The scope does not exist. It is made when a script sets something in it.
    Missing,
    /// The scope may exist or not.
    MaybeMissing,
    /// It depends on something that is not known.
    Unknown,
}

impl Block {
    /// A scope that is the same on each machine; `None` for other scopes (measured).
    pub(super) fn of(scope: &str, firmware: Firmware) -> Option<Self> {
        match scope {
            "" => Some(Self::Any),
            "smbios" | "pci" | "builtin" => Some(Self::Nothing),
            "efi" if firmware != Firmware::Bios => Some(Self::Nothing),
            _ => None,
        }
    }

    /// A scope of a machine of which nothing is known.
    pub(super) fn anywhere(scope: &str) -> Self {
        let [bios, uefi] =
            [Firmware::Bios, Firmware::Uefi].map(|firmware| Self::of(scope, firmware));
        match (bios, scope.strip_prefix("net")) {
            (Some(block), _) => block,
            (None, _) if uefi.is_some() => Self::Unknown,
            // A name that is not known is most likely that of a device.
            (None, None) if scope.contains(HOLE) => Self::MaybeDevice,
            (None, None) => Self::MaybeMissing,
            // `netX`, `net0.link` and the like.
            (None, Some(rest)) if rest.contains(['.', 'X']) => Self::Unknown,
            (None, Some(_)) => Self::MaybeDevice,
        }
    }

    /// Whether a value of `len` bytes can be stored under a name. Length 0 clears it.
    fn stores(self, name: &str, len: usize) -> Verdict {
        let fixed = Known::by_name(name).is_some_and(|known| known.fixed);
        let fits = !fixed && (name != "mac" || matches!(len, 0 | MAC));
        match self {
            Self::Any | Self::Missing | Self::MaybeMissing => Verdict::Succeeds,
            Self::Nothing => Verdict::Fails,
            Self::MaybeDevice if !fits => Verdict::Either,
            Self::Device | Self::MaybeDevice => fits.into(),
            Self::Unknown => Verdict::Either,
        }
    }
}

/// The number of bytes of a MAC address.
const MAC: usize = 6;

/// The settings that the machine has before a script sets any.
pub(super) trait Given {
    /// A setting that no script has set; `None` if the machine does not have it.
    fn given(&self, name: &SettingName) -> Option<Value>;

    /// The firmware, whose build decides how some values are shown.
    fn firmware(&self) -> Firmware;

    /// What can be done with the settings of a scope.
    fn block(&self, scope: &str) -> Block;

    /// The name of the device that a scope stands for: `netX` is the device that was opened last.
    fn device<'a>(&'a self, scope: &'a str) -> &'a str {
        scope
    }

    /// Whether a name without a value is looked up in the scopes below, as iPXE does.
    fn descends(&self) -> bool {
        false
    }
}

/// The settings that scripts have set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Settings {
    values: BTreeMap<String, Value>,
    /// The scopes that were made by setting something in them.
    scopes: BTreeSet<String>,
}

impl Settings {
    /// Sets a setting. After a change of `netX`, that of every other device is unknown as well.
    pub(super) fn put(&mut self, path: String, value: Value) {
        if let Some(name) = path.strip_prefix("netX/") {
            let is_own = |other: &str| {
                other.starts_with("net")
                    && other.split_once('/').is_some_and(|(_, own)| own == name)
            };
            self.replace(|other, _| is_own(other).then_some(Value::Unknown));
        }
        self.values.insert(path, value);
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.values.contains_key(path)
    }

    /// Forgets the scopes, and all settings but those that `keeps` names.
    pub(super) fn retain(&mut self, keeps: impl Fn(&str) -> bool) {
        self.values.retain(|name, _| keeps(name));
        self.scopes.clear();
    }

    /// Replaces each value for which `by` returns another one.
    pub(super) fn replace(&mut self, by: impl Fn(&str, &Value) -> Option<Value>) {
        for (name, value) in &mut self.values {
            if let Some(new) = by(name, value) {
                *value = new;
            }
        }
    }

    /// The values that are texts or can be shown as texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        let text = |value: &Value| match value {
            Value::Known(Kind::Ipv4 | Kind::Ipv6 | Kind::Int(_) | Kind::Uint(_), _)
            | Value::Unknown => None,
            Value::Known(_, raw) => Some(super::text::text(raw)),
        };
        self.values.values().filter_map(text)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }

    /// About how many bytes of memory the settings take.
    pub(super) fn size(&self) -> usize {
        let size = |(name, value): (&String, &Value)| match value {
            Value::Known(_, raw) => name.len() + raw.len() + 64,
            Value::Unknown => name.len() + 64,
        };
        self.values.iter().map(size).sum()
    }

    /// Expands the settings in a text.
    pub(super) fn expand(&self, text: &str, given: &impl Given) -> Result<String, Endless> {
        expand(text, |name| {
            let Some(name) = named(name, given) else { return String::new() };
            let value = self.find(&name, given);
            value.map(|value| value.show(name.kind, given.firmware())).unwrap_or_default()
        })
    }

    fn find(&self, name: &SettingName, given: &impl Given) -> Option<Value> {
        let value = self.values.get(&name.path()).cloned().or_else(|| given.given(name));
        value.or_else(|| given.descends().then(|| self.below(name)).flatten())
    }

    /// A value of this name in a scope below: every scope is below the empty one, and `net0.dhcp`
    /// is below `net0`. Of several, the first scope by name is taken; iPXE takes the one that
    /// exists for the longest time.
    fn below(&self, name: &SettingName) -> Option<Value> {
        let is_below = |scope: &str| {
            let rest = scope.strip_prefix(&name.scope);
            name.scope.is_empty() || rest.is_some_and(|rest| rest.starts_with('.'))
        };
        let found = self.values.iter().find(|(path, _)| {
            path.split_once('/').is_some_and(|(scope, own)| own == name.name && is_below(scope))
        });
        found.map(|(_, value)| value.clone())
    }

    /// Runs a command that only reads and writes settings; `None` for every other command.
    pub(super) fn run(&mut self, call: &Call<'_>, given: &impl Given) -> Option<Verdict> {
        let first = call.operand().unwrap_or_default();
        Some(match call.spec.name {
            "echo" => Verdict::Succeeds,
            "isset" => isset(first),
            "iseq" => iseq(first, call.operands.get(1).map_or("", String::as_str)),
            "set" => self.set(first, &call.rest(1), given),
            "clear" => self.set(first, "", given),
            "inc" => self.inc(first, call.operands.get(1).map(String::as_str), given),
            _ => return None,
        })
    }

    /// Sets a setting. An empty value clears it. A text that is not a value of the type fails and
    /// leaves the setting unchanged.
    pub(super) fn set(&mut self, name: &str, text: &str, given: &impl Given) -> Verdict {
        let Some(name) = named(name, given) else { return Verdict::Fails };
        let kind = name.kind.unwrap_or(Kind::Str);
        let block = self.enter(&name.scope, given);
        let sure = kind == Kind::Str && block.stores(&name.name, 1) == Verdict::Succeeds;
        if text.contains(HOLE) && !sure {
            self.values.insert(name.path(), Value::Unknown);
            return Verdict::Either;
        }
        let raw = if text.is_empty() { Some(Vec::new()) } else { kind.parse(text) };
        let Some(raw) = raw else { return Verdict::Fails };
        let verdict = block.stores(&name.name, raw.len());
        match verdict {
            Verdict::Fails => {}
            Verdict::Either => self.put(name.path(), Value::Unknown),
            // A setting without a name is stored, but never found again.
            Verdict::Succeeds if raw.is_empty() || name.name.is_empty() => {
                self.values.remove(&name.path());
            }
            Verdict::Succeeds => self.put(name.path(), Value::Known(kind, raw)),
        }
        verdict
    }

    /// Makes the scope if it does not exist.
    fn enter(&mut self, scope: &str, given: &impl Given) -> Block {
        let block = given.block(scope);
        if block == Block::Missing {
            let ends = scope.match_indices('.').map(|(end, _)| end).chain([scope.len()]);
            self.scopes.extend(ends.filter_map(|end| scope.get(..end)).map(str::to_owned));
            return Block::Any;
        }
        block
    }

    /// Increments a setting (`inc_exec()`). Only numbers can be incremented. A setting without a value
    /// counts as 0 of type `int32`.
    fn inc(&mut self, name: &str, by: Option<&str>, given: &impl Given) -> Verdict {
        let Some(name) = named(name, given) else { return Verdict::Fails };
        let block = match given.block(&name.scope) {
            Block::Missing if !self.scopes.contains(&name.scope) => return Verdict::Fails,
            block => block,
        };
        let unsure = matches!(block, Block::MaybeDevice | Block::MaybeMissing | Block::Unknown);
        let by = by.unwrap_or("1");
        let current = self.find(&name, given);
        let shown = current.as_ref().map(|value| value.show(None, given.firmware()));
        if unsure || by.contains(HOLE) || shown.is_some_and(|text| text.contains(HOLE)) {
            self.values.insert(name.path(), Value::Unknown);
            return Verdict::Either;
        }
        let (own, value) = match current {
            Some(Value::Known(own, raw)) => (own, Some(raw)),
            _ => (Kind::Int(4), None),
        };
        let kind = name.kind.unwrap_or(own);
        let (Kind::Int(width) | Kind::Uint(width)) = kind else { return Verdict::Fails };
        let is_signed = matches!(kind, Kind::Int(_));
        let value = value.and_then(|raw| numeric(is_signed, &raw, given.firmware())).unwrap_or(0);
        let Some(by) = number(by) else { return Verdict::Fails };
        let sum = u32::try_from(value & u64::from(u32::MAX)).unwrap_or(0).wrapping_add(by);
        let verdict = block.stores(&name.name, width);
        let value = match verdict {
            Verdict::Fails => return verdict,
            Verdict::Succeeds => Value::Known(kind, bytes_of(sum, width)),
            Verdict::Either => Value::Unknown,
        };
        self.put(name.path(), value);
        verdict
    }
}

/// The name of a setting, with the name of a device in place of `netX`.
fn named(name: &str, given: &impl Given) -> Option<SettingName> {
    let mut name = SettingName::parse(name)?;
    given.device(&name.scope).to_owned().clone_into(&mut name.scope);
    Some(name)
}

fn isset(text: &str) -> Verdict {
    match (text.is_empty(), text.chars().all(|c| c == HOLE)) {
        (true, _) => Verdict::Fails,
        (false, true) => Verdict::Either,
        (false, false) => Verdict::Succeeds,
    }
}

fn iseq(one: &str, other: &str) -> Verdict {
    if one.contains(HOLE) || other.contains(HOLE) { Verdict::Either } else { (one == other).into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::commands::call;

    /// A machine with a network device, of which nothing is known.
    struct Nothing;

    impl Given for Nothing {
        fn given(&self, _: &SettingName) -> Option<Value> {
            None
        }

        fn firmware(&self) -> Firmware {
            Firmware::Bios
        }

        fn block(&self, scope: &str) -> Block {
            let device = if scope == "net0" { Block::Device } else { Block::Missing };
            Block::of(scope, Firmware::Bios).unwrap_or(device)
        }
    }

    fn run(settings: &mut Settings, line: &str) -> Verdict {
        let words: Vec<String> =
            line.split(' ').map(|word| settings.expand(word, &Nothing).unwrap()).collect();
        settings.run(&call(&words).unwrap(), &Nothing).unwrap()
    }

    /// Measured with iPXE 1.21.1+git20250501, the build of Debian 13.
    #[test]
    fn settings_behave_as_in_ipxe() {
        let mut settings = Settings::default();
        let lines = [
            ("clear nosuch", Verdict::Succeeds),
            ("set nosuch", Verdict::Succeeds),
            ("set q:int32 abc", Verdict::Fails),
            ("set v:int32 0", Verdict::Succeeds),
            ("inc v", Verdict::Succeeds),
            ("inc v 0x10", Verdict::Succeeds),
            ("iseq ${v}/${v:hex}/${v:uint8} 17/00:00:00:11/0x11", Verdict::Succeeds),
            ("set s abc", Verdict::Succeeds),
            ("inc s", Verdict::Fails),
            ("inc fresh", Verdict::Succeeds),
            ("iseq ${fresh} 1", Verdict::Succeeds),
            ("inc made/x", Verdict::Fails),
            ("set made/ip 1.2.3.4", Verdict::Succeeds),
            ("inc made/x", Verdict::Succeeds),
            ("set smbios/serial 1", Verdict::Fails),
            ("clear builtin/platform", Verdict::Fails),
            ("set net0/ifname x", Verdict::Fails),
            ("set ifname x", Verdict::Succeeds),
            ("set net0/mac 01:02", Verdict::Fails),
            ("set net0/mac 52:54:00:00:00:01", Verdict::Succeeds),
            ("set 3 nonsense", Verdict::Fails),
            ("set 12 web1", Verdict::Succeeds),
            ("iseq ${hostname} web1", Verdict::Succeeds),
            ("inc hostname", Verdict::Fails),
            ("set hostname:int32 5", Verdict::Succeeds),
            ("isset ${hostname}", Verdict::Fails),
            ("set vlan 1", Verdict::Succeeds),
            ("inc vlan", Verdict::Fails),
            ("set san-drive zz", Verdict::Fails),
            ("set x:hex +1:02", Verdict::Fails),
            ("inc i 0x", Verdict::Succeeds),
            ("set abc abc", Verdict::Succeeds),
            ("inc abc:int32", Verdict::Succeeds),
            ("iseq ${abc} 6382180", Verdict::Succeeds),
            ("set :int32 5", Verdict::Succeeds),
            ("isset ${:int32}", Verdict::Fails),
            ("set dnssl x", Verdict::Fails),
            ("set nul:hexraw 610062", Verdict::Succeeds),
            ("iseq ${nul:string}/${nul:uristring} a/a%00b", Verdict::Succeeds),
            ("set net0/ip foo", Verdict::Fails),
            ("set zz 0", Verdict::Succeeds),
            ("inc zz", Verdict::Fails),
            ("isset ${nosuch}", Verdict::Fails),
            ("isset ${v:nokind}", Verdict::Fails),
            ("set hx:hex 01:02", Verdict::Succeeds),
            ("inc hx", Verdict::Fails),
        ];
        for (line, verdict) in lines {
            assert_eq!(run(&mut settings, line), verdict, "{line}");
        }
    }

    #[test]
    fn what_is_not_known_goes_either_way() {
        let mut settings = Settings::default();
        settings.put("x".to_owned(), Value::Unknown);
        for line in ["isset ${x}", "iseq ${x} a", "set y:int32 ${x}", "inc x"] {
            assert_eq!(run(&mut settings, line), Verdict::Either, "{line}");
        }
        assert_eq!(run(&mut settings, "set z a${x}"), Verdict::Succeeds);
        assert_eq!(run(&mut settings, "iseq ${z:hexraw} 6100"), Verdict::Either);
        assert_eq!(run(&mut settings, "iseq ${z:uristring} a"), Verdict::Either);
        assert_eq!(run(&mut settings, "isset a${x}"), Verdict::Succeeds);
        assert_eq!(run(&mut settings, "set y a${x}"), Verdict::Succeeds);
    }
}
