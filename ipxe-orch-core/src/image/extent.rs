use std::fmt;

use bytes::Bytes;

/// A piece of an image.
#[derive(Clone, PartialEq, Eq)]
pub enum Extent {
    /// The layout's bytes: the same, in the same memory, for all images of a layout.
    Shared(Bytes),
    /// This host's script region, [`REGION_LEN`](super::REGION_LEN) bytes.
    Owned(Bytes),
}

impl Extent {
    /// The bytes, whosoever they are.
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Shared(bytes) | Self::Owned(bytes) => bytes,
        }
    }

    /// The bytes, whosoever they are.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Shared(bytes) | Self::Owned(bytes) => bytes,
        }
    }
}

/// Leaves out the bytes: they are long, and the owned ones may hold the host's boot secret.
impl fmt::Debug for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Shared(_) => "Shared",
            Self::Owned(_) => "Owned",
        };
        write!(f, "{kind}({} bytes)", self.bytes().len())
    }
}
