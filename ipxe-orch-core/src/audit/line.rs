//! The lines of an exported audit: JSON Lines, which can be verified without the database.

use super::{AuditPlace, ChainedEntry, SealedCheckpoint};
use crate::{digest::Digest, ids::ChainId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One line of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditLine {
    /// An entry.
    Entry {
        /// The entry.
        entry: ChainedEntry,
        /// The hash of the entry before, which the own hash covers. None for a reader who may see
        /// only some of the entries.
        before: Option<Digest>,
    },
    /// The oldest part of a chain was removed. The chain goes on after it.
    Checkpoint(SealedCheckpoint),
}

/// The text is no line of an export.
#[derive(Debug, thiserror::Error)]
#[error("it is not a line of an exported audit: {0}")]
pub struct InvalidLine(#[from] serde_json::Error);

/// An entry as it is written. `entry` is the text byte for byte, since the hash covers it.
#[derive(Serialize)]
struct Written<'a> {
    id: String,
    chain: ChainId,
    sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Digest>,
    hash: Digest,
    entry: &'a RawValue,
}

#[derive(Serialize)]
struct WrittenCheckpoint<'a> {
    checkpoint: &'a SealedCheckpoint,
}

#[derive(Deserialize)]
struct Read {
    chain: ChainId,
    sequence: u64,
    #[serde(default)]
    before: Option<Digest>,
    hash: Digest,
    entry: Box<RawValue>,
}

#[derive(Deserialize)]
struct ReadCheckpoint {
    checkpoint: Option<SealedCheckpoint>,
}

impl AuditLine {
    /// The line without its end.
    ///
    /// # Errors
    /// [`InvalidLine`] if the text of the entry is no JSON, as in a damaged database.
    pub fn to_json(&self) -> Result<String, InvalidLine> {
        let (entry, before) = match self {
            Self::Checkpoint(checkpoint) => {
                return Ok(serde_json::to_string(&WrittenCheckpoint { checkpoint })?);
            }
            Self::Entry { entry, before } => (entry, *before),
        };
        let id = AuditPlace::of(entry).to_string();
        let ChainedEntry { chain, sequence, hash, .. } = *entry;
        let entry: &RawValue = serde_json::from_str(&entry.text)?;
        Ok(serde_json::to_string(&Written { id, chain, sequence, before, hash, entry })?)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`InvalidLine`] if it is none.
    pub fn parse(line: &str) -> Result<Self, InvalidLine> {
        if let ReadCheckpoint { checkpoint: Some(checkpoint) } = serde_json::from_str(line)? {
            return Ok(Self::Checkpoint(checkpoint));
        }
        let Read { chain, sequence, before, hash, entry } = serde_json::from_str(line)?;
        let text = entry.get().to_owned();
        Ok(Self::Entry { entry: ChainedEntry { chain, sequence, text, hash }, before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::ChainHead;

    #[test]
    fn an_entry_comes_back_byte_for_byte() {
        let head = ChainHead::empty(ChainId::from_bytes([1; 16]));
        for text in [r#"{"n":1.50,"ü":"\u0007 \n"}"#, "{}"] {
            let line =
                AuditLine::Entry { entry: head.append(text.to_owned()), before: Some(head.hash) };
            let json = line.to_json().unwrap();
            assert!(json.contains(text) && !json.contains('\n'), "{json}");
            assert_eq!(AuditLine::parse(&json).unwrap(), line);
        }
    }

    #[test]
    fn other_lines_are_refused() {
        for wrong in ["", "1", "{}", r#"{"chain":1}"#, r#"{"checkpoint":{}}"#] {
            assert!(AuditLine::parse(wrong).is_err(), "{wrong}");
        }
    }
}
