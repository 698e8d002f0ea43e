//! The settings of a running script, and the commands that only read and write settings.

use super::{
    commands::Call,
    expand::{Endless, HOLE, expand},
    kind::{Kind, bytes_of, unsigned},
    name::SettingName,
    number::number,
};
use std::collections::BTreeMap;

/// A value: bytes with a type, or a value that is not known and may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Known(Kind, Vec<u8>),
    Unknown,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Known(Kind::Str, text.as_bytes().to_vec())
    }

    fn show(&self, kind: Option<Kind>) -> String {
        match self {
            Self::Known(own, raw) => kind.unwrap_or(*own).format(raw).unwrap_or_default(),
            Self::Unknown => HOLE.to_string(),
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

/// The settings that the machine has before a script sets any.
pub(super) trait Given {
    /// A setting that no script has set; `None` if the machine does not have it.
    fn given(&self, name: &SettingName) -> Option<Value>;

    /// Whether a name without a value is looked up in the scopes below, as iPXE does.
    fn descends(&self) -> bool {
        false
    }
}

/// The settings that scripts have set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Settings(BTreeMap<String, Value>);

impl Settings {
    pub(super) fn put(&mut self, path: String, value: Value) {
        self.0.insert(path, value);
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| keeps(name));
    }

    /// Replaces each value for which `by` returns another one.
    pub(super) fn replace(&mut self, by: impl Fn(&str, &Value) -> Option<Value>) {
        for (name, value) in &mut self.0 {
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
            Value::Known(_, raw) => Kind::Str.format(raw),
        };
        self.0.values().filter_map(text)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// About how many bytes of memory the settings take.
    pub(super) fn size(&self) -> usize {
        let size = |(name, value): (&String, &Value)| match value {
            Value::Known(_, raw) => name.len() + raw.len() + 64,
            Value::Unknown => name.len() + 64,
        };
        self.0.iter().map(size).sum()
    }

    /// Expands the settings in a text.
    pub(super) fn expand(&self, text: &str, given: &impl Given) -> Result<String, Endless> {
        expand(text, |name| {
            let Some(name) = SettingName::parse(name) else { return String::new() };
            let value = self.0.get(&name.path()).cloned().or_else(|| given.given(&name));
            let value = value.or_else(|| given.descends().then(|| self.below(&name)).flatten());
            value.map(|value| value.show(name.kind)).unwrap_or_default()
        })
    }

    /// A value of this name in a scope below: every scope is below the empty one, and `net0.dhcp`
    /// is below `net0`. Of several, the first scope by name is taken; iPXE takes the one that
    /// exists for the longest time.
    fn below(&self, name: &SettingName) -> Option<Value> {
        let is_below = |scope: &str| {
            let rest = scope.strip_prefix(&name.scope);
            name.scope.is_empty() || rest.is_some_and(|rest| rest.starts_with('.'))
        };
        let found = self.0.iter().find(|(path, _)| {
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
            "set" => self.set(first, &call.rest(1)),
            "clear" => self.set(first, ""),
            "inc" => self.inc(first, call.operands.get(1).map(String::as_str), given),
            _ => return None,
        })
    }

    /// Sets a setting. An empty value clears it. A text that is not a value of the type fails and
    /// leaves the setting unchanged.
    fn set(&mut self, name: &str, text: &str) -> Verdict {
        let Some(name) = SettingName::parse(name) else { return Verdict::Fails };
        if text.is_empty() {
            self.0.remove(&name.path());
            return Verdict::Succeeds;
        }
        let kind = name.kind.or_else(|| Kind::of_name(&name.name)).unwrap_or(Kind::Str);
        if text.contains(HOLE) && kind != Kind::Str {
            self.0.insert(name.path(), Value::Unknown);
            return Verdict::Either;
        }
        let raw = kind.parse(text);
        let verdict = raw.is_some().into();
        self.0.extend(raw.map(|raw| (name.path(), Value::Known(kind, raw))));
        verdict
    }

    /// Increments a setting. Only numbers can be incremented. A setting without a value counts as 0
    /// of type `int32`.
    fn inc(&mut self, name: &str, by: Option<&str>, given: &impl Given) -> Verdict {
        let Some(name) = SettingName::parse(name) else { return Verdict::Fails };
        let by = by.unwrap_or("1");
        let current = self.0.get(&name.path()).cloned().or_else(|| given.given(&name));
        if by.contains(HOLE) || current == Some(Value::Unknown) {
            self.0.insert(name.path(), Value::Unknown);
            return Verdict::Either;
        }
        let (kind, value) = match current {
            None => (name.kind.unwrap_or(Kind::Int(4)), Some(0)),
            Some(Value::Known(kind, raw)) => (kind, unsigned(&raw)),
            Some(Value::Unknown) => return Verdict::Either,
        };
        let (Kind::Int(width) | Kind::Uint(width)) = kind else { return Verdict::Fails };
        let (Some(value), Some(by)) = (value, number(by)) else { return Verdict::Fails };
        let raw = bytes_of(value.wrapping_add(by), width);
        self.0.insert(name.path(), Value::Known(kind, raw));
        Verdict::Succeeds
    }
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

    struct Nothing;

    impl Given for Nothing {
        fn given(&self, _: &SettingName) -> Option<Value> {
            None
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
            ("set netx/ip 1.2.3.4", Verdict::Succeeds),
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
        assert_eq!(run(&mut settings, "isset a${x}"), Verdict::Succeeds);
        assert_eq!(run(&mut settings, "set y a${x}"), Verdict::Succeeds);
    }
}
