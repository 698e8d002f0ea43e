//! The rows of a table, counted and summed up, so that two tables can be compared without holding
//! both. The order of the rows does not matter: databases may sort texts in different ways.

use super::super::statement::Value;
use ipxe_orch_core::digest::Digest;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rows: u64,
    /// The sum of the hashes of the rows.
    sum: u128,
}

impl Tally {
    pub(super) fn push(&mut self, row: &[Value]) {
        let values: Vec<Vec<u8>> = row.iter().map(bytes).collect();
        let hash = Digest::of_parts(values.iter().map(Vec::as_slice));
        let hash = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        self.rows = self.rows.saturating_add(1);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(hash));
    }
}

/// A value as it is summed up. The kind of a null does not count.
fn bytes(value: &Value) -> Vec<u8> {
    let (kind, bytes) = match value {
        Value::Null(_) => (b'0', Vec::new()),
        Value::Int(number) => (b'i', number.to_be_bytes().to_vec()),
        Value::Bytes(bytes) => (b'b', bytes.clone()),
        Value::Text(text) => (b't', text.clone().into_bytes()),
    };
    [vec![kind], bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::Kind;

    fn tally(rows: &[&[Value]]) -> Tally {
        let mut tally = Tally::default();
        for row in rows {
            tally.push(row);
        }
        tally
    }

    #[test]
    fn each_value_counts_and_the_order_of_rows_does_not() {
        let text = |text: &str| Value::Text(text.to_owned());
        let (one, other) = ([text("a"), Value::Int(1)], [text("b"), Value::Int(2)]);
        assert_eq!(tally(&[&one, &other]), tally(&[&other, &one]));
        assert_ne!(tally(&[&one, &other]), tally(&[&one, &one]));
        assert_ne!(tally(&[&[text("ab"), text("c")]]), tally(&[&[text("a"), text("bc")]]));
        assert_ne!(tally(&[&[text("")]]), tally(&[&[Value::Null(Kind::Text)]]));
        assert_eq!(tally(&[&[Value::Null(Kind::Int)]]), tally(&[&[Value::Null(Kind::Text)]]));
        assert_ne!(tally(&[]), tally(&[&[]]));
    }
}
