use std::{fmt, io, ops::Range};

use bytes::Bytes;

use super::{
    Extent, Layout,
    part::{Content, Part},
};

/// The boot image of one host. It can be read from any place, in any order.
///
/// Cloning an image is cheap, and so is keeping many of them: each one owns its script region of
/// [`REGION_LEN`](super::REGION_LEN) bytes and shares everything else with the other images of its
/// layout.
///
/// # Example
///
/// Writing an image to a file, a socket or memory:
///
/// ```
/// # use bytes::Bytes;
/// # use ipxe_orch_core::image::{Bootloaders, Layout};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let file = |len| Bytes::from(vec![0x90; len]);
/// # let loaders = Bootloaders::new(file(38_912), file(100), file(200), file(300));
/// let image = Layout::new(&loaders)?.plan("#!ipxe\necho hello\n")?.image();
///
/// let mut written = Vec::new(); // or a std::fs::File
/// image.write_to(&mut written)?;
/// assert_eq!(u64::try_from(written.len())?, image.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Image {
    layout: Layout,
    region: Bytes,
}

impl Image {
    pub(super) fn new(layout: Layout, region: Bytes) -> Self {
        Self { layout, region }
    }

    /// The length in bytes, a multiple of 2,048. All images of a layout have the same length.
    #[expect(clippy::len_without_is_empty, reason = "an image is never empty")]
    pub fn len(&self) -> u64 {
        self.layout.image_len()
    }

    /// The place of the script region: the bytes in which the images of a layout differ.
    pub fn region(&self) -> Range<u64> {
        self.layout.region()
    }

    /// The whole image as pieces in order, without gaps.
    pub fn extents(&self) -> impl Iterator<Item = Extent> {
        self.layout.parts().iter().map(|part| self.extent(part))
    }

    /// The bytes of `range`, which is cut off at the end of the image. The chunks are slices of the
    /// extents and are not copied. No chunk is empty; the largest one is as long as the largest
    /// boot loader.
    ///
    /// The iterator borrows nothing, so it can be the body of an HTTP response.
    pub fn chunks(&self, range: Range<u64>) -> Chunks {
        Chunks { image: self.clone(), next: range.start, end: range.end.min(self.len()) }
    }

    /// Fills `buffer` with the bytes from `offset` on and returns how many there were. That is less
    /// than the length of the buffer only at the end of the image, and 0 behind the end.
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

    /// Writes the whole image, from its first byte to its last.
    ///
    /// The writer gets whole extents, so it needs no buffer of its own.
    ///
    /// # Errors
    ///
    /// The first error of `writer`. What was written before it stays written.
    pub fn write_to(&self, writer: &mut impl io::Write) -> io::Result<()> {
        self.chunks(0..self.len()).try_for_each(|chunk| writer.write_all(&chunk))
    }
    fn extent(&self, part: &Part) -> Extent {
        match &part.content {
            Content::Shared(bytes) => Extent::Shared(bytes.clone()),
            Content::Region => Extent::Owned(self.region.clone()),
        }
    }
}

/// Leaves out the bytes, because they may contain the host's boot secret.
impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("len", &self.len())
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}

/// The bytes of a range of an image. Made by [`Image::chunks`].
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
