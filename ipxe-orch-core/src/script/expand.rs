//! Expands `${...}` in words, as `expand_settings()` in `core/settings.c` does: the innermost
//! setting first, and what a value contains is expanded again.

/// Stands for a part of a text that is not known. No script contains this character, because NUL is
/// refused.
pub(super) const HOLE: char = '\0';

/// The largest number of settings that are expanded in one word, and the largest length of the
/// result in bytes.
const MOST: (usize, usize) = (4096, 64 * 1024);

/// The word would grow without end. iPXE would hang or run out of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endless;

/// Replaces each setting in `text` by what `lookup` returns for its name. `lookup` is not asked for
/// a name with an unknown part.
pub(super) fn expand(
    text: &str,
    mut lookup: impl FnMut(&str) -> String,
) -> Result<String, Endless> {
    if !text.contains("${") {
        return Ok(text.to_owned());
    }
    let mut out = String::new();
    let mut starts: Vec<usize> = Vec::new();
    let mut todo: Vec<char> = text.chars().rev().collect();
    let mut expanded = 0;
    while let Some(c) = todo.pop() {
        let open = if c == '}' { starts.pop() } else { None };
        let Some(start) = open else {
            if c == '{' && out.ends_with('$') {
                starts.push(out.len() - 1);
            }
            out.push(c);
            continue;
        };
        expanded += 1;
        if expanded > MOST.0 {
            return Err(Endless);
        }
        let name = out.get(start + 2..).unwrap_or_default();
        let value = if name.contains(HOLE) { HOLE.to_string() } else { lookup(name) };
        out.truncate(start);
        if value.contains(['$', '{', '}']) {
            todo.extend(value.chars().rev());
        } else {
            out.push_str(&value);
        }
        if out.len() + todo.len() > MOST.1 {
            return Err(Endless);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, Endless> {
        expand(text, |name| match name {
            "idx" => "1".to_owned(),
            "net1/mac" => "52:54".to_owned(),
            "d" => "$".to_owned(),
            "self" => "${self}".to_owned(),
            "twice" => "${idx}".to_owned(),
            "big" => "x".repeat(40_000),
            "hole" => HOLE.to_string(),
            _ => String::new(),
        })
    }

    #[test]
    fn the_innermost_setting_comes_first_and_values_are_expanded_again() {
        let is = |text: &str, expected: &str| assert_eq!(expanded(text).unwrap(), expected);
        is("a${net${idx}/mac}b", "a52:54b");
        is("${d}{idx}", "1");
        is("${twice}}", "1}");
        is("${open ${idx}", "${open 1");
        is("no}${none}$", "no}$");
        is("x${net${hole}/mac}", "x\0");
        assert_eq!(expanded("${self}"), Err(Endless));
        assert_eq!(expanded("${big}${big}"), Err(Endless));
    }
}
