//! The script of an attempt, as it is stored: with a place for the ticket.
//!
//! A ticket opens the answer file, and so the host's secrets. So the database has none: whoever
//! reads it could use the tickets of the offers that stand. The ticket is put in when the script is
//! answered. It follows from the ticket key and the attempt's id, so each repeat has the same bytes.

use super::Attempt;
use crate::ids::KeyId;

/// Stands at both ends of the place. No script that is offered has this character of its own:
/// [`with_place`] refuses it. Scripts of release 0.1 hold their ticket, and have no place.
const EDGE: char = '\u{1}';
const WORD: &str = "ticket:";

/// The script as it is stored: with a place wherever it has `marker`, which stood for the ticket
/// when it was rendered. `key` is the key that makes the ticket. `None` if the script has a
/// character U+0001.
pub(crate) fn with_place(script: &str, marker: &str, key: KeyId) -> Option<String> {
    let place = format!("{EDGE}{WORD}{key}{EDGE}");
    (!script.contains(EDGE)).then(|| script.replace(marker, &place))
}

impl Attempt {
    /// The script as the machine gets it, with this ticket.
    ///
    /// ```
    /// # use ipxe_orch_core::lease::Attempt;
    /// # fn example(attempt: &Attempt, ticket: &str) {
    /// let script = attempt.script_with(ticket);
    /// assert!(script.starts_with("#!ipxe"));
    /// # }
    /// ```
    pub fn script_with(&self, ticket: &str) -> String {
        match self.place() {
            Some((place, _)) => self.script.replace(place, ticket),
            None => self.script.clone(),
        }
    }

    /// The key that makes the ticket of this attempt. `None` if the script needs no ticket, or
    /// was stored by release 0.1.
    pub fn ticket_key(&self) -> Option<KeyId> {
        self.place().map(|(_, key)| key)
    }

    fn place(&self) -> Option<(&str, KeyId)> {
        let start = self.script.find(EDGE)?;
        let (_, rest) = self.script.split_at(start);
        let length = rest.get(1..)?.find(EDGE)?.checked_add(2)?;
        let place = rest.get(..length)?;
        let key = place.trim_matches(EDGE).strip_prefix(WORD)?;
        Some((place, key.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId::from_bytes([1, 2, 3, 4]);

    fn attempt(script: String) -> Attempt {
        Attempt { script, ..crate::lease::tests::attempt() }
    }

    #[test]
    fn the_ticket_is_put_into_each_place() {
        let stored = with_place("#!ipxe\nkernel t/MARK/a\nimgfetch t/MARK/claim\n", "MARK", KEY);
        let attempt = attempt(stored.unwrap());
        assert!(!attempt.script.contains("MARK"));
        assert_eq!(attempt.ticket_key(), Some(KEY));
        let script = attempt.script_with("T");
        assert_eq!(script, "#!ipxe\nkernel t/T/a\nimgfetch t/T/claim\n");
        assert_eq!(attempt.script_with("T"), script, "each time");
    }

    #[test]
    fn a_script_without_a_place_is_answered_as_it_is_stored() {
        for script in ["#!ipxe\nkernel t/OLD/a\n", "#!ipxe\n\u{1}x", "#!ipxe\n\u{1}ticket:x\u{1}"] {
            let attempt = attempt(script.to_owned());
            assert_eq!((attempt.script_with("T").as_str(), attempt.ticket_key()), (script, None));
        }
    }

    #[test]
    fn nobody_can_forge_a_place() {
        let forged = format!("#!ipxe\necho \u{1}{WORD}{KEY}\u{1}\n");
        assert_eq!(with_place(&forged, "MARK", KEY), None);
    }
}
