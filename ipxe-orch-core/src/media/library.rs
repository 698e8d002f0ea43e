//! The trait of the place where kernels, initrds, images and trees of files are stored.

use super::Offers;
use crate::{digest::Digest, error::StoreError, profile::PinnedMedia};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use std::{
    error::Error,
    fmt, io,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
    time::SystemTime,
};

/// The media of an installation. An orchestrator has one library: what it says is there is what a
/// server of that orchestrator serves.
///
/// # Rules
/// - [`contains`](Self::contains) and [`open`](Self::open) agree: what is there can be opened. A
///   host that was offered its install and then gets no kernel has lost its boot.
/// - Pinned media are there only in the pinned content. A file of the right name with another
///   content is not there, and is never served.
/// - The path `inside` comes from a machine. It never leads out of the tree, neither by `..` nor by
///   a link.
/// - `None` means that there certainly is no such file, and the machine gets a 404. What should be
///   there and cannot be read is a [`MediaFault`]; the server answers 503, and the machine asks
///   the next server.
/// - A file is streamed, not read as a whole: images have gigabytes. Ranges can start anywhere,
///   and many machines read one file at the same time.
/// - `contains` is asked at each boot that installs, and `check` by each probe of a load balancer:
///   both answer fast, without reading whole files.
/// - [`MediaFile::content`] is set only if the bytes have that SHA-256.
/// - A reader that goes away drops the stream in the middle.
#[async_trait]
pub trait MediaLibrary: Send + Sync {
    /// Whether a file or tree is there with the pinned content, and can be read. Without it, the
    /// install is not offered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the library cannot find out.
    async fn contains(&self, media: &PinnedMedia) -> Result<bool, StoreError>;

    /// Opens a file, or the file at the path `inside` of a tree. `None` if the tree has no such
    /// file, if a file is asked for with a path, or if a tree is asked for without one.
    ///
    /// # Errors
    /// [`MediaFault`] if the file should be there, but cannot be read.
    async fn open(
        &self,
        media: &PinnedMedia,
        inside: Option<&str>,
    ) -> Result<Option<MediaFile>, MediaFault>;

    /// Opens content by its SHA-256, for another server of the installation. `None` if it is not
    /// here. A library from which other servers cannot fetch always returns `None`.
    ///
    /// # Errors
    /// [`MediaFault`] if the content is here, but cannot be read.
    async fn content(&self, _digest: &Digest) -> Result<Option<MediaFile>, MediaFault> {
        Ok(None)
    }

    /// The sets that another server of the installation may fetch.
    ///
    /// # Errors
    /// [`MediaFault`] if they cannot be read.
    async fn offers(&self) -> Result<Offers, MediaFault> {
        Ok(Offers::default())
    }

    /// Whether the library can be read at all: a server that cannot read it is not ready.
    ///
    /// # Errors
    /// [`MediaFault`] with the reason if it cannot.
    async fn check(&self) -> Result<(), MediaFault> {
        Ok(())
    }
}

/// Why media cannot be served now. A server answers 503, so that the machine asks the next server.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MediaFault(Box<dyn Error + Send + Sync>);

impl MediaFault {
    /// A fault with this cause.
    pub fn new(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(why.into())
    }
}

/// The bytes of a file, in pieces.
pub type MediaStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

type Read = Box<dyn FnOnce(Range<u64>) -> io::Result<MediaStream> + Send>;

/// An open file.
#[non_exhaustive]
pub struct MediaFile {
    /// Its length in bytes.
    pub len: u64,
    /// Time of the last change; the Unix epoch if it is not known.
    pub modified: SystemTime,
    /// SHA-256 of the file, if the version of the profile pins it.
    pub content: Option<Digest>,
    read: Read,
}

impl MediaFile {
    /// A file of `len` bytes. `read` returns the bytes of a range.
    pub fn new(
        len: u64,
        read: impl FnOnce(Range<u64>) -> io::Result<MediaStream> + Send + 'static,
    ) -> Self {
        Self { len, modified: SystemTime::UNIX_EPOCH, content: None, read: Box::new(read) }
    }

    /// A file in memory.
    pub fn in_memory(bytes: impl Into<Bytes>) -> Self {
        let bytes: Bytes = bytes.into();
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self::new(len, move |range| {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            let part = bytes.slice(place(range.start)..place(range.end));
            Ok(Box::pin(Once(Some(part))))
        })
    }

    /// The bytes of `range`. If the file becomes shorter meanwhile, there are fewer.
    ///
    /// # Errors
    /// [`io::Error`] if they cannot be read.
    pub fn read(self, range: Range<u64>) -> io::Result<MediaStream> {
        (self.read)(range)
    }
}

impl fmt::Debug for MediaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaFile").field("len", &self.len).finish_non_exhaustive()
    }
}

struct Once(Option<Bytes>);

impl Stream for Once {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn all(mut stream: MediaStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(part)) = stream.as_mut().poll_next(&mut context) {
            bytes.extend_from_slice(&part.unwrap());
        }
        bytes
    }

    #[test]
    fn a_range_of_a_file_in_memory_is_read() {
        let read = |range| all(MediaFile::in_memory("content").read(range).unwrap());
        assert_eq!(read(0..7), b"content");
        assert_eq!(read(3..5), b"te");
        assert_eq!(read(5..9), b"nt");
    }

    #[test]
    fn a_fault_says_its_causes_once() {
        let fault = MediaFault::new(StoreError::Unavailable("disk".into()));
        assert_eq!(fault.to_string(), "the store does not answer");
        assert_eq!(fault.source().unwrap().to_string(), "disk");
    }
}
