//! Heads of HTTP/1.1 messages, as far as a proxy needs them.

use super::Result;
use std::io::BufRead;

/// The first line and the headers of a message.
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
    first_line: String,
    pub(crate) length: Option<u64>,
    /// Whether its sender wants to close the connection after this exchange.
    pub(crate) closes: bool,
}

impl Head {
    /// Reads a head; `None` when the connection has ended between two messages.
    pub(crate) fn read(from: &mut impl BufRead) -> Result<Option<Self>> {
        let (bytes, first_line) = (Vec::new(), String::new());
        let mut head = Self { bytes, first_line, length: None, closes: false };
        loop {
            let mut line = String::new();
            if from.read_line(&mut line)? == 0 {
                return if head.bytes.is_empty() { Ok(None) } else { Err("half a head".into()) };
            }
            head.bytes.extend_from_slice(line.as_bytes());
            let line = line.trim_end();
            if line.is_empty() {
                return Ok(Some(head));
            }
            if head.first_line.is_empty() {
                line.clone_into(&mut head.first_line);
            } else if let Some((name, value)) = line.split_once(':') {
                match (name.to_ascii_lowercase().as_str(), value.trim()) {
                    ("content-length", length) => head.length = Some(length.parse()?),
                    ("connection", value) => head.closes = value.eq_ignore_ascii_case("close"),
                    _ => {}
                }
            }
        }
    }

    pub(crate) fn word(&self, index: usize) -> &str {
        self.first_line.split(' ').nth(index).unwrap_or_default()
    }
}
