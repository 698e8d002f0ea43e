//! Patterns: names and texts in which a nested setting stands for any text.

use super::{expand::expand, name::SettingName};

/// Stands for a nested setting in a pattern. No name contains this character.
pub(super) const ANY: char = '\u{1}';

/// Whether a part of a name or text is a setting.
pub(super) fn is_computed(pattern: &str) -> bool {
    pattern.contains(ANY)
}

/// The word with [`ANY`] in place of its settings, and the patterns of the settings' names.
pub(super) fn mentions(word: &str) -> (String, Vec<String>) {
    let mut found = Vec::new();
    let pattern = expand(word, |name| {
        found.extend(SettingName::parse(name).map(|name| name.path()));
        ANY.to_string()
    });
    (pattern.unwrap_or_else(|_| ANY.to_string()), found)
}

/// The names of the settings in a word, with their types; innermost first.
pub(super) fn settings(word: &str) -> Vec<SettingName> {
    let mut found = Vec::new();
    let pattern = expand(word, |name| {
        found.extend(SettingName::parse(name));
        ANY.to_string()
    });
    // A word with too many settings is refused elsewhere.
    if pattern.is_ok() { found } else { Vec::new() }
}

/// Whether two patterns may describe the same name. In doubt it says yes. A setting in a name
/// contains no `/`.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    match (one.split_once('/'), other.split_once('/')) {
        (Some((scope, name)), Some((scope2, name2))) => meet(scope, scope2) && meet(name, name2),
        (None, None) => meet(one, other),
        _ => false,
    }
}

/// The text before the first setting in a pattern.
fn start(pattern: &str) -> &str {
    pattern.split(ANY).next().unwrap_or_default()
}

/// The text after the last setting in a pattern.
fn end(pattern: &str) -> &str {
    pattern.rsplit(ANY).next().unwrap_or_default()
}

/// Whether two patterns may describe the same text. In doubt it says yes.
pub(super) fn meet(one: &str, other: &str) -> bool {
    let fits = |text: &str, pattern: &str| {
        text.starts_with(start(pattern))
            && text.ends_with(end(pattern))
            && text.len() >= start(pattern).len() + end(pattern).len()
    };
    match (one.contains(ANY), other.contains(ANY)) {
        (false, false) => one == other,
        (false, true) => fits(one, other),
        (true, false) => fits(other, one),
        (true, true) => {
            let starts =
                start(one).starts_with(start(other)) || start(other).starts_with(start(one));
            starts && (end(one).ends_with(end(other)) || end(other).ends_with(end(one)))
        }
    }
}
