//! Aligned columns.

use ipxe_orch_core::text::shown;
use std::fmt;

/// A table: a heading, and rows of as many cells.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    heading: bool,
}

/// Between two columns.
const GAP: &str = "  ";

/// A column is not cut to less, so that it stays readable.
const NARROW: usize = 10;

impl Table {
    /// An empty table.
    pub(crate) fn new(heading: &[&str]) -> Self {
        let heading = heading.iter().map(|cell| (*cell).to_owned()).collect();
        Self { rows: vec![heading], heading: true }
    }

    /// Without a heading: names on the left, values on the right.
    pub(crate) const fn of_fields() -> Self {
        Self { rows: Vec::new(), heading: false }
    }

    /// Adds a row. What is not safe to show in its cells is escaped.
    #[expect(clippy::needless_pass_by_value, reason = "rows are made where they are added")]
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(|cell| shown(cell).into_owned()).collect());
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

impl Table {
    /// With lines of at most `width` characters: the widest columns are cut first, and never the
    /// first column, which says what a row is about. A table without a heading is never cut:
    /// somebody wants to see all of one thing there.
    pub(crate) fn cut(&self, width: usize) -> String {
        if !self.heading {
            return self.to_string();
        }
        let mut widths = self.widths();
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            match widths.iter_mut().skip(1).max() {
                Some(widest) if *widest > NARROW => *widest -= 1,
                _ => break,
            }
        }
        let line = |row: &Vec<String>| shortened(&line(row, &widths), width) + "\n";
        self.rows.iter().map(line).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        self.rows.iter().try_for_each(|row| writeln!(f, "{}", line(row, &widths)))
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cell = |(cell, width): (&String, &usize)| format!("{:<width$}", shortened(cell, *width));
    let cells: Vec<_> = row.iter().zip(widths).map(cell).collect();
    cells.join(GAP).trim_end().to_owned()
}

/// The text, its end replaced by `…` where it is longer than `width` characters.
fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
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
    fn a_terminal_gets_lines_that_fit_and_the_widest_column_is_cut() {
        let mut table = Table::new(&["NAME", "WHY", "FROM"]);
        let why = "a reason with many words".to_owned();
        table.row(["web1".to_owned(), why, "cli".to_owned()]);
        let cut = "NAME  WHY               FROM\nweb1  a reason with m…  cli\n";
        assert_eq!(table.cut(28), cut);
        assert_eq!(table.cut(40), table.to_string());
        assert_eq!(table.cut(12), "NAME  WHY  …\nweb1  a rea…\n");
    }

    #[test]
    fn names_and_values_are_never_cut() {
        let mut table = Table::of_fields();
        table.field("serial", Some("x".repeat(100)));
        assert_eq!(table.cut(20), table.to_string());
    }

    #[test]
    fn a_machine_cannot_speak_to_the_terminal() {
        let mut table = Table::of_fields();
        table.field("message", Some("ok\u{1b}[2J\r\nINSTALLED\u{9b}"));
        table.field("nothing", None::<String>);
        assert_eq!(table.to_string(), "message  ok\\u{1b}[2J\\r\\nINSTALLED\\u{9b}\n");
    }
}
