//! XML: values may be in text and attributes, where references keep them from being markup.

use super::{
    Misplaced, Place, each,
    lines::{PLAIN_WORD, inserted, is_plain_word},
};
use roxmltree::{Document, NodeType};

/// Writes a text with references. Characters that XML 1.0 cannot contain (section 2.2) are refused.
pub(super) fn encode(text: &str) -> Result<String, &'static str> {
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => encoded.push_str("&amp;"),
            '<' => encoded.push_str("&lt;"),
            '>' => encoded.push_str("&gt;"),
            '"' => encoded.push_str("&quot;"),
            '\'' => encoded.push_str("&apos;"),
            '\t' => encoded.push_str("&#9;"),
            '\n' => encoded.push_str("&#10;"),
            '\r' => encoded.push_str("&#13;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                return Err("XML cannot hold its control characters");
            }
            c => encoded.push(c),
        }
    }
    Ok(encoded)
}

/// The places where values may be: texts, and the values of attributes between their quotes.
struct Spans<'a> {
    text: &'a str,
    spans: Vec<Place>,
}

pub(super) fn check(text: &str, places: &[Place]) -> Result<(), Misplaced> {
    let document = Document::parse(text).map_err(|error| {
        let pos = error.pos();
        let line = usize::try_from(pos.row).unwrap_or(1).saturating_sub(1);
        let at = text.split_inclusive('\n').take(line).map(str::len).sum();
        Misplaced { at, why: "the text is not XML from here on, or has a document type" }
    })?;
    let mut spans = Vec::new();
    for node in document.descendants() {
        spans.extend(node.attributes().map(|attribute| attribute.range_value()));
        if node.node_type() == NodeType::Text {
            spans.push(node.range());
        }
    }
    spans.sort_by_key(|span| span.start);
    let spans = Spans { text, spans };
    each(text, places, |_, place| spans.check(place))
}

impl Spans<'_> {
    fn check(&self, place: &Place) -> Result<(), &'static str> {
        let after = self.spans.partition_point(|span| span.start <= place.start);
        let span = after.checked_sub(1).and_then(|index| self.spans.get(index));
        let Some(span) = span.filter(|span| place.end <= span.end) else {
            return Err("it must be in the text of an element or in an attribute");
        };
        let whole = inserted(self.text, span);
        let rest = self.text.get(span.end..).unwrap_or_default();
        // In a text, `<` occurs only in a CDATA section.
        if whole.contains('<') || rest.starts_with("<![CDATA[") {
            return Err("it is in or next to a CDATA section, in which references do not work");
        }
        let value = inserted(self.text, place);
        if whole.trim() == value.trim() || is_plain_word(value) { Ok(()) } else { Err(PLAIN_WORD) }
    }
}
