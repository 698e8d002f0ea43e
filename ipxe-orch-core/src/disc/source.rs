//! Reading the image by position.

use super::{DiscError, field::Fields};
use std::io;

/// Bytes that can be read at any position, such as a file or a slice.
pub trait ReadAt {
    /// The number of bytes.
    fn size(&self) -> u64;

    /// Fills `into` with the bytes from position `at` on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] beyond the end, or the error of the underlying reader.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()>;
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..));
        let from = rest.and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        self.as_slice().read_at(at, into)
    }
}

/// A part of an image that is an image of its own, such as the FAT volume that UEFI boots from.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    whole: &'a dyn ReadAt,
    start: u64,
    len: u64,
}

impl<'a> Part<'a> {
    /// The `len` bytes of `whole` from `start` on, or fewer if `whole` ends before.
    pub fn new(whole: &'a dyn ReadAt, start: u64, len: u64) -> Self {
        let start = start.min(whole.size());
        Self { whole, start, len: len.min(whole.size() - start) }
    }
}

impl ReadAt for Part<'_> {
    fn size(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let count = u64::try_from(into.len()).unwrap_or(u64::MAX);
        if at.checked_add(count).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.whole.read_at(self.start.saturating_add(at), into)
    }
}

/// An image. Each place is checked before it is read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    image: &'a dyn ReadAt,
    pub(super) len: u64,
}

impl<'a> Source<'a> {
    pub(super) fn new(image: &'a dyn ReadAt) -> Self {
        Self { image, len: image.size() }
    }

    /// Checks that the `len` bytes from `at` on are inside the image.
    pub(super) fn check(&self, what: &'static str, at: u64, len: u64) -> Result<(), DiscError> {
        let end = at.saturating_add(len);
        if end <= self.len { Ok(()) } else { Err(DiscError::CutShort { what, end, len: self.len }) }
    }

    /// Reads `len` bytes. The caller has checked `len` against a limit, because as much memory is
    /// used.
    pub(super) fn read(&self, what: &'static str, at: u64, len: u64) -> Result<Vec<u8>, DiscError> {
        self.check(what, at, len)?;
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        let read = self.image.read_at(at, &mut bytes);
        read.map_err(|source| DiscError::Unreadable { at, source })?;
        Ok(bytes)
    }

    /// Reads a structure of a fixed length.
    pub(super) fn fields<const N: usize>(
        &self,
        what: &'static str,
        at: u64,
    ) -> Result<Fields<[u8; N]>, DiscError> {
        let mut bytes = [0; N];
        self.check(what, at, u64::try_from(N).unwrap_or(u64::MAX))?;
        let read = self.image.read_at(at, &mut bytes);
        read.map_err(|source| DiscError::Unreadable { at, source })?;
        Ok(Fields { bytes, what, at })
    }
}
