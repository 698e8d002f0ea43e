//! Digests of data that is being read.

use ipxe_orch_core::{
    digest::Digest,
    media::{Algorithm, Expected},
};
use sha2::{Digest as _, Sha256, Sha512};
use std::io::{self, ErrorKind, Read};

/// The number of bytes that are read at once.
const CHUNK: usize = 256 * 1024;

/// Computes SHA-256, and another checksum if one is expected.
pub(super) struct Hashes<'a> {
    sha256: Sha256,
    other: Option<(Other, &'a str)>,
}

enum Other {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(Sha256),
    Sha512(Sha512),
}

impl<'a> Hashes<'a> {
    pub(super) fn new(expected: Option<&'a Expected>) -> Self {
        let other = expected.map(|Expected { algorithm, hex, .. }| {
            let other = match algorithm {
                Algorithm::Md5 => Other::Md5(md5::Md5::new()),
                Algorithm::Sha1 => Other::Sha1(sha1::Sha1::new()),
                Algorithm::Sha256 => Other::Sha256(Sha256::new()),
                Algorithm::Sha512 => Other::Sha512(Sha512::new()),
            };
            (other, hex.as_str())
        });
        Self { sha256: Sha256::new(), other }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        match &mut self.other {
            Some((Other::Md5(hash), _)) => hash.update(bytes),
            Some((Other::Sha1(hash), _)) => hash.update(bytes),
            Some((Other::Sha256(hash), _)) => hash.update(bytes),
            Some((Other::Sha512(hash), _)) => hash.update(bytes),
            None => {}
        }
    }

    /// The SHA-256; `None` if the other checksum is not the expected one.
    pub(super) fn finish(self) -> Option<Digest> {
        if let Some((other, expected)) = self.other {
            let found = match other {
                Other::Md5(hash) => hex(&hash.finalize()),
                Other::Sha1(hash) => hex(&hash.finalize()),
                Other::Sha256(hash) => hex(&hash.finalize()),
                Other::Sha512(hash) => hex(&hash.finalize()),
            };
            if found != expected {
                return None;
            }
        }
        Some(Digest::from_bytes(self.sha256.finalize().into()))
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble| char::from_digit(u32::from(nibble), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

/// The SHA-256 of everything in `content`.
pub(super) fn digest(content: &mut dyn Read) -> io::Result<Digest> {
    let mut sha256 = Sha256::new();
    read_all(content, &mut |bytes| {
        sha256.update(bytes);
        Ok(())
    })?;
    Ok(Digest::from_bytes(sha256.finalize().into()))
}

/// Reads everything, part by part.
pub(super) fn read_all(
    content: &mut dyn Read,
    each: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = match content.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        each(buffer.get(..count).unwrap_or_default())?;
    }
}
