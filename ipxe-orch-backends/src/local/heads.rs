//! The file of sealed audit heads.

use super::files::{FileError, append_private, lock, replace_private};
use ipxe_orch_core::audit::SealedHead;
use std::{fs, path::PathBuf};

/// The file in which a server writes the heads of its audit chain: one line of JSON for each, the
/// newest last.
///
/// It protects only if it is kept where somebody who changes the database cannot reach it: copy it
/// to another machine, or let the log carry its lines there. When it is longer than
/// [`Self::MAX_LEN`], only its newer half is kept. Nothing is lost by that, because a head covers
/// all entries before it.
#[derive(Clone, Debug)]
pub struct HeadsFile {
    path: PathBuf,
    max_len: u64,
}

impl HeadsFile {
    /// 16 MiB, which is a month with one head each minute.
    pub const MAX_LEN: u64 = 16 << 20;

    /// The file at this path, which need not exist yet.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, max_len: Self::MAX_LEN }
    }

    /// Appends a head, durably. Creates the file with mode 0600 if it does not exist. Blocks.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn append(&self, head: &SealedHead) -> Result<(), FileError> {
        let lock = lock(&self.path)?;
        let line = format!("{}\n", head.to_line());
        let length = append_private(&self.path, line.as_bytes())?;
        if length > self.max_len {
            self.shorten()?;
        }
        drop(lock);
        Ok(())
    }

    fn shorten(&self) -> Result<(), FileError> {
        let text = fs::read(&self.path)
            .map_err(|error| FileError::io(&self.path, "cannot be read", error))?;
        let (_, newer) = text.split_at(text.len() / 2);
        // Starts at the next line. A single line that is too long is kept.
        let start = newer.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let kept = newer.get(start..).filter(|kept| !kept.is_empty()).unwrap_or(newer);
        replace_private(&self.path, kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::{
        audit::{ChainHead, open_heads},
        ids::ChainId,
        keys::{KeyProvider, KeyRing, Purpose},
        memory::CountingRandom,
        time::Timestamp,
    };
    use std::os::unix::fs::PermissionsExt as _;

    const NOW: Timestamp = Timestamp::from_millis(1);

    #[tokio::test]
    async fn heads_are_appended_and_the_newest_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        let ring = KeyRing::generate(NOW, &CountingRandom::default());
        let key = ring.active(Purpose::AuditHead).await.unwrap();
        let chain = ChainHead::empty(ChainId::from_bytes([1; 16]));
        let file = HeadsFile { path: path.clone(), max_len: 10_000 };
        for sequence in 1..=100 {
            if sequence == 3 {
                // A crash has cut off the last line.
                let torn = fs::read_to_string(&path).unwrap() + "{\"at\":1";
                fs::write(&path, torn).unwrap();
            }
            file.append(&SealedHead::new(&key, ChainHead { sequence, ..chain }, NOW)).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.len() <= 10_000);
            let heads = open_heads(&text, &ring).await.unwrap();
            assert_eq!(heads.last().unwrap().head.sequence, sequence);
            let first = heads.first().unwrap().head.sequence;
            let kept = u64::try_from(heads.len()).unwrap();
            assert_eq!(first + kept, sequence + 1, "without a gap");
            assert!(kept >= sequence.min(10), "{kept}");
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
