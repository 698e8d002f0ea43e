//! The text of a serial console without the terminal's control sequences.

/// Removes escape sequences and carriage returns from `raw`.
///
/// The result only grows as `raw` grows: an unfinished sequence at the end is held
/// back, so a position in the text stays valid while the machine goes on printing.
/// Cursor moves to the first column become line breaks, as firmware prints lines
/// that way.
pub(crate) fn plain_text(raw: &[u8]) -> String {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            0x1b => match escape(after) {
                Some((sequence, after)) => {
                    if sequence.ends_with(b"H") && !text.ends_with(b"\n") {
                        let column = sequence.split(|b| *b == b';').nth(1).unwrap_or(b"1H");
                        if matches!(column, b"1H" | b"01H") {
                            text.push(b'\n');
                        }
                    }
                    after
                }
                None => break,
            },
            b'\n' | b'\t' | 0x20.. => {
                text.push(byte);
                after
            }
            _ => after,
        };
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The control sequence after an escape character, and what follows it; none if it is not complete.
fn escape(after: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = match after.first()? {
        b'[' => 1 + after.get(1..)?.iter().position(|b| (0x40..=0x7e).contains(b))?,
        // A character set choice has one more byte.
        b'(' | b')' => 1,
        _ => 0,
    };
    (end < after.len()).then(|| after.split_at(end + 1))
}

#[test]
fn control_sequences_are_removed() {
    let raw = b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS\r\nline\x1b[09;01HPress \x1b[1mESC\x1b[0m";
    assert_eq!(plain_text(raw), "SeaBIOS\nline\nPress ESC");
}

#[test]
fn an_unfinished_sequence_is_held_back() {
    let raw = b"one\x1b[0;1mtwo\x1b(Bthree";
    for end in 0..=raw.len() {
        assert!(plain_text(raw).starts_with(&plain_text(&raw[..end])), "cut at {end}");
    }
    assert_eq!(plain_text(raw), "onetwothree");
}
