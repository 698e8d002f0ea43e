//! Directories: file identifiers (4/14.4) and symbolic links (4/14.16).

use super::{
    Address, Volume, characters,
    entry::{Icb, Kind},
    tag::Tag,
};
use crate::disc::{
    DiscError, File,
    field::Fields,
    limits, name,
    walk::{Pending, Walk},
};

const WHAT: &str = "a file identifier";

/// File characteristics (4/14.4.3).
const DELETED: u8 = 0x04;
const PARENT: u8 = 0x08;

/// Reads the entries of a directory. Its length was checked before.
pub(super) fn read(
    volume: &Volume<'_>,
    directory: &Pending<Address>,
    content: &File,
    walk: &mut Walk<'_, Address>,
) -> Result<(), DiscError> {
    let bytes = whole(volume, content, limits::DIRECTORY)?;
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let fields = Fields { bytes: rest, what: WHAT, at: 0 };
        if Tag::of(&fields) != Some(Tag::FileIdentifier) {
            return Err(fields.damaged("it has another tag, or its checksum is wrong"));
        }
        let (flags, name_len) = (fields.u8(18)?, usize::from(fields.u8(19)?));
        let start = 38 + usize::from(fields.u16(36)?);
        if flags & (DELETED | PARENT) == 0 {
            let name = name::checked(characters(fields.bytes(start, name_len)?))?;
            entry(volume, directory, &name, Address::long(&fields, 20)?, walk)?;
        }
        // An identifier is filled up to a multiple of 4 bytes (4/14.4.9).
        let len = (start + name_len).next_multiple_of(4);
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(())
}

fn entry(
    volume: &Volume<'_>,
    directory: &Pending<Address>,
    name: &str,
    address: Address,
    walk: &mut Walk<'_, Address>,
) -> Result<(), DiscError> {
    let icb = Icb::read(volume, address)?;
    if icb.kind == Kind::Directory {
        return walk.enter(directory, name, address);
    }
    let file = File::new(volume.source, icb.len, icb.spans)?;
    match icb.kind {
        Kind::File => walk.file(directory, name, file),
        Kind::Link => {
            let limit = u64::try_from(limits::PATH).unwrap_or(u64::MAX);
            walk.link(directory, name, &target(&whole(volume, &file, limit)?)?)
        }
        Kind::Directory | Kind::Other => Ok(()),
    }
}

fn whole(volume: &Volume<'_>, file: &File, limit: u64) -> Result<Vec<u8>, DiscError> {
    if file.len() > limit {
        return Err(DiscError::TooMuch { what: "bytes in a directory or link", limit });
    }
    let mut bytes = Vec::new();
    for span in file.spans() {
        match span.at {
            Some(at) => bytes.extend(volume.source.read("a directory", at, span.len)?),
            None => bytes.resize(bytes.len() + usize::try_from(span.len).unwrap_or(0), 0),
        }
    }
    Ok(bytes)
}

/// The target of a link, put together from its components (4/14.16.1).
fn target(mut bytes: &[u8]) -> Result<Vec<u8>, DiscError> {
    let mut target = Vec::new();
    while let [kind, len, _, _, after @ ..] = bytes {
        let why = "a component is cut short or has an unknown kind";
        let wrong = || DiscError::Damaged { what: "a symbolic link", at: 0, why };
        let (text, rest) = after.split_at_checked(usize::from(*len)).ok_or_else(wrong)?;
        if !target.is_empty() && target != b"/" {
            target.push(b'/');
        }
        match kind {
            1 | 2 => target = b"/".to_vec(),
            3 => target.extend_from_slice(b".."),
            4 => target.push(b'.'),
            5 => target.extend(characters(text)),
            _ => return Err(wrong()),
        }
        bytes = rest;
    }
    Ok(target)
}
