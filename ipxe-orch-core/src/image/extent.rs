use std::fmt;

use bytes::Bytes;

/// A piece of an image.
#[derive(Clone, PartialEq, Eq)]
pub enum Extent {
    /// Bytes of the layout. All images of the layout share them in memory.
    Shared(Bytes),
    /// The script region of this host, [`REGION_LEN`](super::REGION_LEN) bytes.
    Owned(Bytes),
}

impl Extent {
    /// The bytes of the piece.
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Shared(bytes) | Self::Owned(bytes) => bytes,
        }
    }

    /// The bytes of the piece.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Shared(bytes) | Self::Owned(bytes) => bytes,
        }
    }
}

/// Leaves out the bytes: they are long, and the owned ones may contain the host's boot secret.
impl fmt::Debug for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Shared(_) => "Shared",
            Self::Owned(_) => "Owned",
        };
        write!(f, "{kind}({} bytes)", self.bytes().len())
    }
}
