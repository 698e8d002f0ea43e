//! Debian packages (`deb(5)`, an archive of `ar(5)`) and gzipped tar archives.

use super::{
    ImportError,
    gather::{Candidate, MOST_FILES, is_wanted},
};
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

/// The first bytes of an archive of `ar`.
pub(super) const AR: [u8; 8] = *b"!<arch>\n";

/// The largest unpacked length of an archive, in bytes. The largest archive that is meant to be
/// imported has 30 MB.
const UNPACKED: u64 = 512 << 20;

/// The largest amount of memory for unpacking xz, in KiB. Its highest level needs 65 MiB.
const XZ_MEMORY: u32 = 128 << 10;

/// The candidates in the Debian package `from`.
pub(super) fn package(from: &Path) -> Result<Vec<Candidate>, ImportError> {
    let io = |error| ImportError::Io(from.to_owned(), error);
    let broken = |why: String| ImportError::Archive { path: from.to_owned(), why };
    let mut file = BufReader::new(File::open(from).map_err(io)?);
    file.read_exact(&mut [0; AR.len()]).map_err(io)?;
    while let Some(Member { name, len }) = member(&mut file).map_err(|e| broken(e.to_string()))? {
        let data = file.by_ref().take(len);
        let kind = name.strip_prefix("data.tar");
        let unpacked: Box<dyn Read> = match kind {
            Some("") => Box::new(data),
            Some(".gz") => Box::new(MultiGzDecoder::new(data)),
            Some(".xz") => Box::new(XzReader::new_mem_limit(data, true, XZ_MEMORY)),
            Some(".zst") => {
                Box::new(StreamingDecoder::new(data).map_err(|e| broken(e.to_string()))?)
            }
            Some(_) => return Err(broken(format!("{name} is not gzip, xz or zstd"))),
            None => {
                // Members start at even offsets.
                let skip = len.checked_next_multiple_of(2).unwrap_or(len);
                io::copy(&mut file.by_ref().take(skip), &mut io::sink()).map_err(io)?;
                continue;
            }
        };
        return tar(from, unpacked);
    }
    Err(broken("it has no data.tar".to_owned()))
}

/// The candidates in the tar archive `from`.
pub(super) fn tar_gz(from: &Path) -> Result<Vec<Candidate>, ImportError> {
    let file = File::open(from).map_err(|error| ImportError::Io(from.to_owned(), error))?;
    tar(from, MultiGzDecoder::new(BufReader::new(file)))
}

fn tar(from: &Path, unpacked: impl Read) -> Result<Vec<Candidate>, ImportError> {
    let broken =
        |error: io::Error| ImportError::Archive { path: from.to_owned(), why: error.to_string() };
    let mut archive = tar::Archive::new(unpacked.take(UNPACKED));
    let mut found = Vec::new();
    for (count, entry) in archive.entries().map_err(broken)?.enumerate() {
        if count >= MOST_FILES {
            return Err(ImportError::TooMany(from.to_owned()));
        }
        let mut entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        if entry.header().entry_type().is_file() && is_wanted(&path, entry.size()) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(broken)?;
            let inside = path.strip_prefix(".").unwrap_or(&path);
            found.push(Candidate { path: from.join(inside), bytes: bytes.into() });
        }
    }
    Ok(found)
}

/// The header of a member of an archive.
struct Member {
    name: String,
    len: u64,
}

/// Reads the next header. It is text filled up with spaces: 16 bytes of name, and 10 bytes of
/// length from byte 48 on.
fn member(file: &mut impl Read) -> io::Result<Option<Member>> {
    let mut header = Vec::new();
    file.take(60).read_to_end(&mut header)?;
    if header.is_empty() {
        return Ok(None);
    }
    let text = |from: usize, to: usize| {
        let bytes = header.get(from..to)?;
        Some(str::from_utf8(bytes).ok()?.trim_end().trim_end_matches('/').to_owned())
    };
    let damaged = || io::Error::other("a header of ar is damaged");
    let name = text(0, 16).filter(|_| header.ends_with(b"`\n")).ok_or_else(damaged)?;
    let len = text(48, 58).and_then(|len| len.parse().ok()).ok_or_else(damaged)?;
    Ok(Some(Member { name, len }))
}
