//! Aligned columns.

use std::fmt;

/// A table: a heading, and rows of as many cells.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    /// Without a heading: names on the left, values on the right.
    pub(crate) const fn of_fields() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds a row. Control characters, which could change the terminal, are escaped.
    #[expect(clippy::needless_pass_by_value, reason = "rows are made where they are added")]
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(|cell| printable(cell)).collect());
    }

    /// Adds a name and its value; none is left out.
    pub(crate) fn field(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.row([name.to_owned(), value.to_string()]);
        }
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |row: &Vec<String>, at: usize| row.get(at).map_or(0, |cell| cell.chars().count());
        (0..columns)
            .map(|at| self.rows.iter().map(|row| width(row, at)).max().unwrap_or(0))
            .collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// The text on one line, without anything that a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    let escape =
        |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_without_spaces() {
        let mut table = Table::new(&["NAME", "STATUS"]);
        table.row(["web1".to_owned(), "idle".to_owned()]);
        table.row(["a-longer-name".to_owned(), String::new()]);
        assert_eq!(
            table.to_string(),
            "NAME           STATUS\nweb1           idle\na-longer-name\n"
        );
    }

    #[test]
    fn a_machine_cannot_speak_to_the_terminal() {
        let mut table = Table::of_fields();
        table.field("message", Some("ok\u{1b}[2J\r\nINSTALLED\u{9b}"));
        table.field("nothing", None::<String>);
        assert_eq!(table.to_string(), "message  ok\\u{1b}[2J\\r\\nINSTALLED\\u{9b}\n");
    }
}
