//! Files, as places in the image.

use super::{DiscError, ReadAt, source::Source};
use std::io::{self, Read};

/// A run of bytes of a file that are next to each other in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The offset in the image, in bytes; `None` for zeros that are not stored.
    pub at: Option<u64>,
    /// The length in bytes.
    pub len: u64,
}

/// A file of a disc. All its spans are inside the image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct File {
    len: u64,
    spans: Vec<Span>,
}

impl File {
    /// A file of `len` bytes. They are the first `len` bytes of `spans`.
    pub(super) fn new(
        source: &Source<'_>,
        len: u64,
        spans: impl IntoIterator<Item = Span>,
    ) -> Result<Self, DiscError> {
        let (mut kept, mut left) = (Vec::new(), len);
        for span in spans {
            let span = Span { len: span.len.min(left), ..span };
            if let Some(at) = span.at {
                source.check("a file", at, span.len)?;
            }
            left -= span.len;
            kept.extend((span.len > 0).then_some(span));
        }
        if left > 0 {
            let what = "a file's list of extents";
            return Err(DiscError::Damaged { what, at: 0, why: "it is shorter than the file" });
        }
        Ok(Self { len, spans: kept })
    }

    /// The length in bytes.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The places of its bytes, in order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// A part of the file, as a file. `None` if the file ends before the end of the part.
    pub fn part(&self, from: u64, len: u64) -> Option<Self> {
        Some(Self { len, spans: cut(&self.spans, from, len)? })
    }

    /// A reader of the file. `image` must be the image that the file was found in.
    pub fn reader<'a>(&'a self, image: &'a dyn ReadAt) -> FileReader<'a> {
        FileReader { image, spans: &self.spans, done: 0 }
    }

    /// The bytes of the file, if there are at most `limit`.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] if the file is longer than `limit` bytes, or the error of
    /// the image's reader.
    pub fn read(&self, image: &dyn ReadAt, limit: u64) -> io::Result<Vec<u8>> {
        if self.len > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::new();
        self.reader(image).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads a file from its start to its end.
pub struct FileReader<'a> {
    image: &'a dyn ReadAt,
    spans: &'a [Span],
    /// The number of bytes of the first span that were read already.
    done: u64,
}

impl Read for FileReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some((span, rest)) = self.spans.split_first() else { return Ok(0) };
        let left = usize::try_from(span.len - self.done).unwrap_or(usize::MAX);
        let count = left.min(into.len());
        let Some(into) = into.get_mut(..count) else { return Ok(0) };
        match span.at {
            Some(at) => self.image.read_at(at.saturating_add(self.done), into)?,
            None => into.fill(0),
        }
        self.done += u64::try_from(count).unwrap_or(u64::MAX);
        if self.done == span.len {
            (self.spans, self.done) = (rest, 0);
        }
        Ok(count)
    }
}

/// The places of the `len` bytes that begin `from` bytes into `spans`. `None` if the spans end
/// before.
pub(super) fn cut(spans: &[Span], mut from: u64, mut len: u64) -> Option<Vec<Span>> {
    let mut parts = Vec::new();
    for span in spans {
        if from >= span.len {
            from -= span.len;
            continue;
        }
        let count = len.min(span.len - from);
        parts.push(Span { at: span.at.map(|at| at.saturating_add(from)), len: count });
        (from, len) = (0, len - count);
        if len == 0 {
            return Some(parts);
        }
    }
    (len == 0).then_some(parts)
}
