//! Sends files of the media folder.

use super::folder::Opened;
use ipxe_orch_core::media::{MediaFile, MediaStream};
use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom},
    ops::Range,
    time::SystemTime,
};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

/// Bytes that are read from a file at a time. A download needs no more memory than this and the
/// buffers of its connection.
const CHUNK: usize = 64 * 1024;

/// The file, with its length and time at the moment when it was opened.
pub(super) fn served((file, about, content): Opened) -> MediaFile {
    let mut served = MediaFile::new(about.len(), move |range| stream(file, range));
    served.modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    served.content = content;
    served
}

fn stream(mut file: File, range: Range<u64>) -> io::Result<MediaStream> {
    file.seek(SeekFrom::Start(range.start))?;
    let part = tokio::fs::File::from_std(file).take(range.end.saturating_sub(range.start));
    Ok(Box::pin(ReaderStream::with_capacity(part, CHUNK)))
}
