//! Checks the text before the engine's parser gets it.
//!
//! The parser is recursive: a template with a thousand open blocks would overflow the stack, and no
//! error handling survives that. Therefore this module counts the nesting, and rather too much than
//! too little. A tag with an open quote could hide another tag from the count, so it is refused.
//! Everything that would bypass the check of values is refused as well, with a message that says
//! what to write instead.

/// The deepest nesting of blocks.
const MAX_DEPTH: usize = 32;
/// The largest number of tags. The parser counts the lines anew for each tag, so its time grows
/// with the number of tags times the length.
const MAX_TAGS: usize = 2000;
/// The largest number of `(` in one tag.
const MAX_CALLS: usize = 8;

/// Checks the text. An error has the line and the mistake.
pub(super) fn scan(text: &str) -> Result<(), (usize, String)> {
    let (mut rest, mut blocks, mut tags) = (text, Vec::new(), 0..MAX_TAGS);
    while let Some(start) = rest.find("{{") {
        let at = |why: &str| (line_of(text, rest, start), why.to_owned());
        if tags.next().is_none() {
            return Err(at("there are more than 2000 tags"));
        }
        let (before, tag) = rest.split_at(start);
        if before.ends_with('\\') {
            return Err(at("`\\{{` would be written without change: put the backslash elsewhere"));
        }
        let tag = tag.trim_start_matches("{{");
        if rest.split_at(start).1.starts_with("{{{") {
            return Err(at(
                "`{{{` is not allowed: write `{{value}}`, because each value is checked",
            ));
        }
        if let Some(comment) = tag.strip_prefix('!') {
            rest = after_comment(comment).ok_or_else(|| at("a comment has no end"))?;
            continue;
        }
        let (inner, after) = tag.split_once("}}").ok_or_else(|| at("`{{` has no `}}`"))?;
        check_tag(inner).map_err(at)?;
        nest(inner, &mut blocks).map_err(at)?;
        rest = after;
    }
    Ok(())
}

/// The line of a tag. `rest` is the end of `text`, and the tag is at `start` in it.
fn line_of(text: &str, rest: &str, start: usize) -> usize {
    let offset = text.len().saturating_sub(rest.len()).saturating_add(start);
    let newlines = text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    newlines.saturating_add(1)
}

fn after_comment(comment: &str) -> Option<&str> {
    let long = comment.trim_start().strip_prefix("--").and_then(|text| text.split_once("--}}"));
    long.or_else(|| comment.split_once("}}")).map(|(_, after)| after)
}

fn check_tag(inner: &str) -> Result<(), &'static str> {
    if inner.contains(['{', '}', '[', ']', '\\']) {
        return Err("braces, brackets and `\\` are not allowed in a tag: `lookup` accepts any key");
    }
    if open_quote(inner) {
        return Err("a quote in a tag has no end");
    }
    if inner.matches('(').count() > MAX_CALLS {
        return Err("too many calls in one tag: at most 8 are allowed");
    }
    match inner.trim_start_matches(['~', ' ', '\t', '\r', '\n']).chars().next() {
        Some('&') => Err("`{{&` is not allowed: write `{{value}}`, because each value is checked"),
        Some('>' | '*') => Err("partials and decorators are not allowed"),
        _ => Ok(()),
    }
}

fn open_quote(inner: &str) -> bool {
    let open = inner.chars().fold(None, |open, c| match open {
        None => Some(c).filter(|c| ['"', '\''].contains(c)),
        Some(quote) => Some(quote).filter(|quote| *quote != c),
    });
    open.is_some()
}

/// Opens or closes a block. `blocks` has the number of branches of each open block.
fn nest(inner: &str, blocks: &mut Vec<usize>) -> Result<(), &'static str> {
    let tag = inner.trim_matches(['~', ' ', '\t', '\r', '\n']);
    if let Some(block) = tag.strip_prefix('#') {
        if block.trim_start().starts_with(['>', '*']) {
            return Err("partials and decorators are not allowed");
        }
        blocks.push(1);
    } else if tag.starts_with('/') {
        blocks.pop();
    } else if (tag.starts_with("else") || tag.starts_with('^'))
        && let Some(branches) = blocks.last_mut()
    {
        // The engine nests `else if` into the `else` before it.
        *branches = branches.saturating_add(1);
    }
    if blocks.iter().sum::<usize>() > MAX_DEPTH {
        return Err("blocks and their `else` branches are nested more than 32 deep");
    }
    Ok(())
}
