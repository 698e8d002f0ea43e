//! The hash chain. Each data directory has one. Changing or removing an entry breaks it.

use crate::{digest::Digest, ids::ChainId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An entry as it is stored: its exact JSON text, its place, and the hash over both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainedEntry {
    /// The chain.
    pub chain: ChainId,
    /// 1, 2, 3, … without gaps.
    pub sequence: u64,
    /// JSON of an [`super::AuditEntry`], as it was hashed.
    pub text: String,
    /// [`chain_hash`] of the above and the hash before.
    pub hash: Digest,
}

/// The end of a chain. It is also kept outside of the database, so that a cut is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// The chain.
    pub chain: ChainId,
    /// The last entry's number; 0 for an empty chain.
    pub sequence: u64,
    /// The last entry's hash; zeros for an empty chain.
    pub hash: Digest,
}

impl ChainHead {
    /// A chain without entries.
    pub const fn empty(chain: ChainId) -> Self {
        Self { chain, sequence: 0, hash: Digest::from_bytes([0; 32]) }
    }

    /// Makes the next entry. `text` is the JSON of an [`super::AuditEntry`], as [`serde`] writes
    /// it.
    ///
    /// ```
    /// use ipxe_orch_core::{audit::{ChainHead, ChainedEntry}, ids::ChainId};
    ///
    /// let mut head = ChainHead::empty(ChainId::from_bytes([1; 16]));
    /// let entry: ChainedEntry = head.append("{}".to_owned()); // the JSON of an entry
    /// head = ChainHead::after(&entry);
    /// assert_eq!((head.sequence, head.hash), (1, entry.hash));
    /// ```
    #[must_use]
    pub fn append(&self, text: String) -> ChainedEntry {
        let sequence = self.sequence.saturating_add(1);
        let hash = chain_hash(&self.hash, self.chain, sequence, &text);
        ChainedEntry { chain: self.chain, sequence, text, hash }
    }

    /// The head once `entry` is appended.
    #[must_use]
    pub const fn after(entry: &ChainedEntry) -> Self {
        Self { chain: entry.chain, sequence: entry.sequence, hash: entry.hash }
    }
}

/// SHA-256 over the hash before, the chain, the sequence (64 bits, big endian) and the text, each
/// with its length before it.
pub fn chain_hash(before: &Digest, chain: ChainId, sequence: u64, text: &str) -> Digest {
    let sequence = sequence.to_be_bytes();
    Digest::of_parts([before.as_bytes().as_slice(), chain.as_bytes(), &sequence, text.as_bytes()])
}

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// An entry is missing, or came in the wrong order.
    #[error("chain {chain}: expected entry {expected}, found {found}")]
    Gap {
        /// The chain.
        chain: ChainId,
        /// The number that comes next.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// An entry was changed.
    #[error("chain {chain}: entry {sequence} was changed, or one before it")]
    Changed {
        /// The chain.
        chain: ChainId,
        /// The entry.
        sequence: u64,
    },
    /// A chain ends before a known head.
    #[error("chain {chain} ends at entry {found}, but a head of entry {expected} is known")]
    Cut {
        /// The chain.
        chain: ChainId,
        /// The known head.
        expected: u64,
        /// Where it ends.
        found: u64,
    },
}

/// Verifies entries while they are read. There may be several chains; the entries of each must come
/// in their order.
#[derive(Debug, Default)]
pub struct ChainVerifier {
    heads: BTreeMap<ChainId, ChainHead>,
    /// Kept elsewhere: a heads file has tens of thousands.
    known: BTreeMap<(ChainId, u64), Vec<Digest>>,
    entries: u64,
}

impl ChainVerifier {
    /// A verifier that also compares with heads that were kept elsewhere.
    pub fn with_heads(heads: impl IntoIterator<Item = ChainHead>) -> Self {
        let mut verifier = Self::default();
        for head in heads {
            verifier.known.entry((head.chain, head.sequence)).or_default().push(head.hash);
        }
        verifier
    }

    /// Goes on after `head`, the last entry that was removed from its chain. The caller has verified
    /// that it is genuine. A head of what was verified already must agree with it.
    ///
    /// # Errors
    /// [`ChainError`] if it contradicts an entry or a known head.
    pub fn begin_after(&mut self, head: ChainHead) -> Result<(), ChainError> {
        let ChainHead { chain, sequence, hash } = head;
        let here = self.heads.get(&chain).copied().unwrap_or(ChainHead::empty(chain));
        let contradicts = here.sequence == sequence && here.hash != hash;
        let mut known = self.known.get(&(chain, sequence)).into_iter().flatten();
        if contradicts || known.any(|known| *known != hash) {
            return Err(ChainError::Changed { chain, sequence });
        }
        if sequence > here.sequence {
            self.heads.insert(chain, head);
        }
        Ok(())
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`ChainError`] if it does not follow.
    pub fn push(&mut self, entry: &ChainedEntry) -> Result<(), ChainError> {
        let chain = entry.chain;
        let before = self.heads.get(&chain).copied().unwrap_or(ChainHead::empty(chain));
        let expected = before.sequence.saturating_add(1);
        if entry.sequence != expected {
            return Err(ChainError::Gap { chain, expected, found: entry.sequence });
        }
        let changed = ChainError::Changed { chain, sequence: entry.sequence };
        if before.append(entry.text.clone()).hash != entry.hash {
            return Err(changed);
        }
        let mut known = self.known.get(&(chain, entry.sequence)).into_iter().flatten();
        if known.any(|hash| *hash != entry.hash) {
            return Err(changed);
        }
        self.heads.insert(chain, ChainHead::after(entry));
        self.entries = self.entries.saturating_add(1);
        Ok(())
    }

    /// Whether the entry is one that was not reached yet in its chain.
    pub fn is_behind(&self, entry: &ChainedEntry) -> bool {
        self.heads.get(&entry.chain).is_none_or(|head| head.sequence < entry.sequence)
    }

    /// What was verified up to now, without comparing its end with known heads.
    pub fn so_far(self) -> (u64, Vec<ChainHead>) {
        (self.entries, self.heads.into_values().collect())
    }

    /// Ends the verification: the number of entries, and the head of each chain.
    ///
    /// # Errors
    /// [`ChainError::Cut`] if a chain ends before a known head.
    pub fn finish(self) -> Result<(u64, Vec<ChainHead>), ChainError> {
        // The last of each chain comes last, and is the one to name.
        for (chain, expected) in self.known.into_keys().rev() {
            let found = self.heads.get(&chain).map_or(0, |head| head.sequence);
            if found < expected {
                return Err(ChainError::Cut { chain, expected, found });
            }
        }
        Ok((self.entries, self.heads.into_values().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: u64) -> Vec<ChainedEntry> {
        let mut head = ChainHead::empty(ChainId::from_bytes([7; 16]));
        let mut entries = Vec::new();
        for number in 0..length {
            let entry = head.append(format!("{{\"n\":{number}}}"));
            head = ChainHead::after(&entry);
            entries.push(entry);
        }
        entries
    }

    fn verify(entries: &[ChainedEntry], known: Option<ChainHead>) -> Result<u64, ChainError> {
        let mut verifier = ChainVerifier::with_heads(known);
        entries.iter().try_for_each(|entry| verifier.push(entry))?;
        verifier.finish().map(|(entries, _)| entries)
    }

    #[test]
    fn a_whole_chain_verifies() {
        assert_eq!(verify(&chain(5), None), Ok(5));
    }

    #[test]
    fn a_chain_whose_start_was_removed_verifies_after_its_checkpoint() {
        let whole = chain(5);
        let last = ChainHead::after(&whole[2]);
        let verify = |from: ChainHead, entries: &[ChainedEntry], known: &[ChainHead]| {
            let mut verifier = ChainVerifier::with_heads(known.iter().copied());
            verifier.begin_after(from)?;
            entries.iter().try_for_each(|entry| verifier.push(entry))?;
            verifier.finish().map(|(entries, _)| entries)
        };
        let heads: Vec<_> = whole.iter().map(ChainHead::after).collect();
        assert_eq!(verify(last, &whole[3..], &heads), Ok(2));
        assert!(matches!(verify(last, &whole[4..], &[]), Err(ChainError::Gap { expected: 4, .. })));
        let other = ChainHead { hash: Digest::of("x"), ..last };
        assert!(matches!(verify(other, &whole[3..], &[]), Err(ChainError::Changed { .. })));
        assert!(matches!(verify(other, &[], &heads), Err(ChainError::Changed { .. })));
        assert!(matches!(verify(last, &[], &heads), Err(ChainError::Cut { expected: 5, .. })));
    }

    #[test]
    fn every_tampering_is_noticed() {
        let whole = chain(5);
        let head = ChainHead::after(whole.last().unwrap());
        let mut changed = whole.clone();
        changed[2].text.push(' ');
        assert!(matches!(verify(&changed, None), Err(ChainError::Changed { sequence: 3, .. })));
        let mut removed = whole.clone();
        removed.remove(2);
        assert!(matches!(verify(&removed, None), Err(ChainError::Gap { expected: 3, .. })));
        let cut = &whole[..4];
        assert_eq!(verify(cut, None), Ok(4), "a cut shows only against a head kept elsewhere");
        assert!(matches!(verify(cut, Some(head)), Err(ChainError::Cut { expected: 5, .. })));
        let mut other = chain(4);
        other.push(ChainHead::after(&other[3]).append("{}".to_owned()));
        assert!(matches!(verify(&other, Some(head)), Err(ChainError::Changed { .. })));
    }
}
