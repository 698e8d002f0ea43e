//! What the file of heads is asked before a database file is opened: whether the write-ahead log
//! beside it is its own.

use super::{
    super::head_file::{HeadFile, HeadFileError},
    file::{Look, Pair, put_log_aside},
};
use std::{fs::File, path::Path};

impl HeadFile<Pair> {
    /// Before the database at `path` is opened: puts the write-ahead log of another file aside,
    /// which lies there if the main file alone was replaced. `known`: the files of before, if this
    /// program had them open.
    pub(super) fn settle(&mut self, path: &Path, known: Option<Pair>) -> Result<(), HeadFileError> {
        if !self.path.exists() && known.is_none() {
            return Ok(());
        }
        let opened = self.open();
        let file = opened.map_err(|source| self.error("cannot be read", source))?;
        file.lock().map_err(|source| self.error("cannot be locked", source))?;
        let settled = self.settle_locked(&file, path, known);
        file.unlock().ok();
        settled
    }

    fn settle_locked(
        &mut self,
        file: &File,
        path: &Path,
        known: Option<Pair>,
    ) -> Result<(), HeadFileError> {
        let Ok(now) = Look::at(path) else { return Ok(()) };
        let lines = self.read()?.lines;
        let pairs = lines.iter().flatten().filter_map(|(_, pair)| *pair);
        if pairs.chain(known).any(|pair| pair.is_left_behind(&now)) {
            let aside = put_log_aside(path);
            aside.map_err(|source| self.error("names a log that cannot be put aside", source))?;
        }
        // The numbers of files are used again.
        for (place, line) in lines.iter().enumerate() {
            if let Some((seen, Some(pair))) = line
                && pair.is_of_another(&now)
            {
                self.put(file, place, seen, None)?;
            }
        }
        Ok(())
    }
}
