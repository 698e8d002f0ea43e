//! Numbers of a structure, read by their offsets.

use super::DiscError;

/// A structure in memory. Errors name the structure and its place.
#[derive(Clone, Copy)]
pub(super) struct Fields<B> {
    pub(super) bytes: B,
    pub(super) what: &'static str,
    pub(super) at: u64,
}

impl<B: AsRef<[u8]>> Fields<B> {
    pub(super) fn damaged(&self, why: &'static str) -> DiscError {
        DiscError::Damaged { what: self.what, at: self.at, why }
    }

    pub(super) fn bytes(&self, at: usize, len: usize) -> Result<&[u8], DiscError> {
        let rest = self.bytes.as_ref().get(at..);
        let bytes = rest.and_then(|rest| rest.get(..len));
        bytes.ok_or_else(|| self.damaged("it is too short"))
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], DiscError> {
        let bytes = self.bytes(at, N)?.first_chunk();
        bytes.copied().ok_or_else(|| self.damaged("it is too short"))
    }

    pub(super) fn u8(&self, at: usize) -> Result<u8, DiscError> {
        self.array(at).map(|[byte]| byte)
    }

    /// A little-endian number. ECMA-119 stores many numbers in both orders (7.2.3, 7.3.3); the
    /// first copy is little endian.
    pub(super) fn u16(&self, at: usize) -> Result<u16, DiscError> {
        self.array(at).map(u16::from_le_bytes)
    }

    /// A little-endian number.
    pub(super) fn u32(&self, at: usize) -> Result<u32, DiscError> {
        self.array(at).map(u32::from_le_bytes)
    }

    /// A little-endian number.
    pub(super) fn u64(&self, at: usize) -> Result<u64, DiscError> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A 32-bit number that counts bytes within this structure.
    pub(super) fn count(&self, at: usize) -> Result<usize, DiscError> {
        usize::try_from(self.u32(at)?).map_err(|_| self.damaged("a length is too large"))
    }
}
