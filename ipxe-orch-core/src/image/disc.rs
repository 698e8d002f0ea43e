use std::{fmt, ops::Range};

use bytes::Bytes;

use super::{
    Extent, Layout,
    part::{Content, Part},
};

/// The boot image of one host, to be read in any order.
///
/// Cloning is cheap, and so is keeping many: an image owns its script region of
/// [`REGION_LEN`](super::REGION_LEN) bytes and shares the rest.
#[derive(Clone)]
pub struct Image {
    layout: Layout,
    region: Bytes,
}

impl Image {
    pub(super) fn new(layout: Layout, region: Bytes) -> Self {
        Self { layout, region }
    }

    /// The length in bytes, a multiple of 2,048; the same for all images of a layout.
    #[expect(clippy::len_without_is_empty, reason = "an image is never empty")]
    pub fn len(&self) -> u64 {
        self.layout.image_len()
    }

    /// The bytes that differ from the layout's other images.
    pub fn region(&self) -> Range<u64> {
        self.layout.region()
    }

    /// All bytes in order, without gaps.
    pub fn extents(&self) -> impl Iterator<Item = Extent> {
        self.layout.parts().iter().map(|part| self.extent(part))
    }

    /// The bytes of `range`, which is cut at the image's end. The chunks are parts of the extents,
    /// never copied; none is empty, and the largest is as large as the largest firmware file.
    ///
    /// The iterator borrows nothing, so that it can become the body of a response.
    pub fn chunks(&self, range: Range<u64>) -> Chunks {
        Chunks { image: self.clone(), next: range.start, end: range.end.min(self.len()) }
    }

    /// Fills `buffer` from `offset` on. Returns the number of bytes read: less than the buffer's
    /// length only at the image's end, and 0 behind it.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let wanted = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        let (mut rest, mut read) = (buffer, 0);
        for chunk in self.chunks(offset..offset.saturating_add(wanted)) {
            let Some((target, after)) = rest.split_at_mut_checked(chunk.len()) else { break };
            target.copy_from_slice(&chunk);
            read += chunk.len();
            rest = after;
        }
        read
    }

    fn extent(&self, part: &Part) -> Extent {
        match &part.content {
            Content::Shared(bytes) => Extent::Shared(bytes.clone()),
            Content::Region => Extent::Owned(self.region.clone()),
        }
    }
}

/// Leaves out the bytes, which may hold the host's boot secret.
impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("len", &self.len())
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}

/// The bytes of a range of an image: see [`Image::chunks`].
#[derive(Clone, Debug)]
pub struct Chunks {
    image: Image,
    next: u64,
    end: u64,
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.next >= self.end {
            return None;
        }
        let part = self.image.layout.part_at(self.next)?;
        let until = part.end().min(self.end);
        let from = usize::try_from(self.next - part.offset).ok()?;
        let to = usize::try_from(until - part.offset).ok()?;
        let chunk = self.image.extent(part).into_bytes().slice(from..to);
        self.next = until;
        Some(chunk)
    }
}
