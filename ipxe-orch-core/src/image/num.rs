//! Numbers in the byte order of the formats, and units (sectors, bytes).

use std::ops::Add;

/// Declares a number as it is stored: its bytes, made from the native integer.
macro_rules! stored {
    ($(#[$doc:meta])* $name:ident, $size:literal bytes of $int:ty: |$value:ident| $bytes:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) struct $name([u8; $size]);

        impl From<$int> for $name {
            fn from($value: $int) -> Self {
                Self($bytes)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

stored! {
    /// ECMA-119 7.2.1. El Torito and FAT store all 16-bit numbers in this way.
    U16Le, 2 bytes of u16: |value| value.to_le_bytes()
}
stored! {
    /// ECMA-119 7.3.1. El Torito and FAT store all 32-bit numbers in this way.
    U32Le, 4 bytes of u32: |value| value.to_le_bytes()
}
stored! {
    /// ECMA-119 7.2.2
    U16Be, 2 bytes of u16: |value| value.to_be_bytes()
}
stored! {
    /// ECMA-119 7.3.2
    U32Be, 4 bytes of u32: |value| value.to_be_bytes()
}
stored! {
    /// Little endian, then big endian: ECMA-119 7.2.3.
    U16Both, 4 bytes of u16: |value| {
        (u32::from(value) | u32::from(value.swap_bytes()) << 16).to_le_bytes()
    }
}
stored! {
    /// Little endian, then big endian: ECMA-119 7.3.3.
    U32Both, 8 bytes of u32: |value| {
        (u64::from(value) | u64::from(value.swap_bytes()) << 32).to_le_bytes()
    }
}

/// The address of a sector of 2,048 bytes, counted from the start of the image (ECMA-119 6.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sector(pub(super) u32);

impl Sector {
    pub(super) const SIZE: u32 = 2048;

    /// The offset in bytes from the start of the image.
    pub(super) fn offset(self) -> u64 {
        u64::from(self.0) * u64::from(Self::SIZE)
    }
}

impl Add<u32> for Sector {
    type Output = Self;

    fn add(self, sectors: u32) -> Self {
        Self(self.0 + sectors)
    }
}

/// A length in bytes, less than 4 GiB as in both ISO 9660 and FAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ByteLen(pub(super) u32);

impl ByteLen {
    /// The length of `bytes`, at most 4 GiB - 1. [`Bootloaders`](super::Bootloaders) accepts much
    /// less.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
    }

    /// The number of sectors or clusters of 2,048 bytes that hold this many bytes.
    pub(super) fn sectors(self) -> u32 {
        self.0.div_ceil(Sector::SIZE)
    }
}

impl From<ByteLen> for u64 {
    fn from(len: ByteLen) -> Self {
        Self::from(len.0)
    }
}

/// A structure that is put together field by field, in the order on disk.
#[derive(Default)]
pub(super) struct Record(Vec<u8>);

impl Record {
    pub(super) fn put(&mut self, field: impl AsRef<[u8]>) -> &mut Self {
        self.0.extend_from_slice(field.as_ref());
        self
    }

    pub(super) fn zeros(&mut self, count: usize) -> &mut Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }

    /// Text in a field of `width` bytes, filled up with spaces. Longer text is cut off.
    pub(super) fn text(&mut self, text: &str, width: usize) -> &mut Self {
        self.0.extend(text.bytes().chain(std::iter::repeat(b' ')).take(width));
        self
    }

    /// Adds zeros until there are `len` bytes.
    pub(super) fn fill_to(&mut self, len: usize) -> &mut Self {
        self.0.resize(len, 0);
        self
    }

    pub(super) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

/// The bytes of a hexadecimal dump, for comparing with the output of other tools in tests.
#[cfg(test)]
pub(super) fn hex(dump: &str) -> Vec<u8> {
    let digits: Vec<_> = dump.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stored_as_the_standards_say() {
        assert_eq!(U16Le::from(0x1234).as_ref(), [0x34, 0x12]);
        assert_eq!(U32Le::from(0x1234_5678).as_ref(), [0x78, 0x56, 0x34, 0x12]);
        assert_eq!(U16Be::from(0x1234).as_ref(), [0x12, 0x34]);
        assert_eq!(U32Be::from(0x1234_5678).as_ref(), [0x12, 0x34, 0x56, 0x78]);
        assert_eq!(U16Both::from(0x1234).as_ref(), [0x34, 0x12, 0x12, 0x34]);
        assert_eq!(
            U32Both::from(0x1234_5678).as_ref(),
            [0x78, 0x56, 0x34, 0x12, 0x12, 0x34, 0x56, 0x78]
        );
    }

    #[test]
    fn a_started_sector_counts_whole() {
        assert_eq!(ByteLen(1).sectors(), 1);
        assert_eq!(ByteLen(2048).sectors(), 1);
        assert_eq!(ByteLen(2049).sectors(), 2);
        assert_eq!(Sector(3).offset(), 6144);
    }

    #[test]
    fn a_record_keeps_its_order() {
        let record = Record::default().put([1]).text("AB", 4).zeros(1).fill_to(8).finish();
        assert_eq!(record, b"\x01AB  \0\0\0");
    }
}
