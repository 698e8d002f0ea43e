//! The pieces of an image and their places.

use bytes::Bytes;

use super::{
    num::{ByteLen, Sector},
    plan::REGION,
};

/// Zeros to fill gaps with. Most gaps are shorter than a sector.
static ZEROS: [u8; 2048] = [0; 2048];

/// Bytes that all hosts share, or the place of the host's own bytes.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Shared(Bytes),
    Region,
}

/// A piece and the place where it starts.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// In bytes from the start of the image.
    pub(super) offset: u64,
    pub(super) content: Content,
}

impl Part {
    pub(super) fn shared(at: Sector, bytes: impl Into<Bytes>) -> Self {
        Self { offset: at.offset(), content: Content::Shared(bytes.into()) }
    }

    pub(super) fn region(at: Sector) -> Self {
        Self { offset: at.offset(), content: Content::Region }
    }

    /// The same part, in a volume that starts at `start`.
    pub(super) fn moved_by(self, start: Sector) -> Self {
        Self { offset: start.offset() + self.offset, ..self }
    }

    /// The offset of the first byte behind it.
    pub(super) fn end(&self) -> u64 {
        let len = match &self.content {
            Content::Shared(bytes) => ByteLen::of(bytes),
            Content::Region => REGION,
        };
        self.offset + u64::from(len)
    }
}

/// Fills the gaps between `parts`, which do not overlap, with zeros, so that they cover all bytes
/// from 0 to `len`.
pub(super) fn fill_gaps(mut parts: Vec<Part>, len: u64) -> Vec<Part> {
    parts.sort_by_key(|part| part.offset);
    let mut filled = Vec::with_capacity(2 * parts.len());
    let mut end = 0;
    for part in parts {
        push_zeros(&mut filled, end, part.offset);
        end = part.end();
        filled.push(part);
    }
    push_zeros(&mut filled, end, len);
    filled
}

fn push_zeros(parts: &mut Vec<Part>, mut from: u64, to: u64) {
    while from < to {
        let len = usize::try_from(to - from).map_or(ZEROS.len(), |gap| gap.min(ZEROS.len()));
        let zeros = Bytes::from_static(&ZEROS).slice(..len);
        let part = Part { offset: from, content: Content::Shared(zeros) };
        from = part.end();
        parts.push(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_from_one_sector_of_zeros() {
        let parts = vec![Part::region(Sector(2)), Part::shared(Sector(0), vec![7; 100])];
        let filled = fill_gaps(parts, 4096 + 16_384 + 5000);
        let places: Vec<_> = filled.iter().map(|part| (part.offset, part.end())).collect();
        assert_eq!(
            places,
            [
                (0, 100),
                (100, 2148),
                (2148, 4096),
                (4096, 20_480),
                (20_480, 22_528),
                (22_528, 24_576),
                (24_576, 25_480)
            ]
        );
    }
}
