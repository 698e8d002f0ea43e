//! What a firmware file says about itself.

use super::Unusable;

/// Commands every host's script relies on; iPXE has both since January 2021.
const NEEDED_COMMAND: &str = "iflinkwait";
const NEEDED_FILE: &str = "autoexec.ipxe";

/// The last release without [`NEEDED_COMMAND`]. Builds from between releases add a `+`.
const LAST_WITHOUT: [u32; 3] = [1, 21, 1];

/// Says "ISOLINUX 6.04 20200816" when it starts.
pub(super) fn isolinux(bytes: &[u8]) -> Result<Option<String>, Unusable> {
    let banner = b"ISOLINUX ";
    let at = find(bytes, banner).ok_or(Unusable::Foreign { expected: "ISOLINUX" })?;
    let version = text(bytes.get(at + banner.len()..).unwrap_or_default());
    Ok(Some(version.trim_end().to_owned()))
}

/// A 32-bit ELF module, which does not tell its version.
pub(super) fn ldlinux(bytes: &[u8]) -> Result<Option<String>, Unusable> {
    if bytes.starts_with(b"\x7FELF\x01") {
        Ok(None)
    } else {
        Err(Unusable::Foreign { expected: "a 32-bit module of SYSLINUX" })
    }
}

/// Poses as a Linux kernel: the boot protocol has a magic number at 0x202 and, at 0x20E, the place
/// of a version text counted from 0x200 ("The Linux/x86 Boot Protocol", fields `header` and
/// `kernel_version`).
pub(super) fn ipxe_bios(bytes: &[u8]) -> Result<Option<String>, Unusable> {
    let foreign = Unusable::Foreign { expected: "iPXE in the format of a Linux kernel" };
    let Some(setup) = bytes.get(0x200..).filter(|setup| setup.get(2..6) == Some(b"HdrS")) else {
        return Err(foreign);
    };
    let version = setup.get(0x0E..).and_then(u16_le).and_then(|at| setup.get(at..)).map(text);
    let Some((version, release)) = version.and_then(|version| Some((version, release(version)?)))
    else {
        return Err(foreign);
    };
    if release > LAST_WITHOUT || release == LAST_WITHOUT && version.contains('+') {
        Ok(Some(version.to_owned()))
    } else {
        Err(Unusable::TooOld { version: Some(version.to_owned()), lacks: NEEDED_COMMAND })
    }
}

/// A PE image for x86-64. Strings are not compressed in it.
pub(super) fn ipxe_efi_x64(bytes: &[u8]) -> Result<Option<String>, Unusable> {
    if pe_machine(bytes) != Some(0x8664) || find(bytes, b"iPXE").is_none() {
        return Err(Unusable::Foreign { expected: "iPXE for UEFI on x86-64" });
    }
    let version = efi_version(bytes);
    for word in [NEEDED_COMMAND, NEEDED_FILE] {
        if find(bytes, word.as_bytes()).is_none() {
            return Err(Unusable::TooOld { version, lacks: word });
        }
    }
    Ok(version)
}

/// Field `Machine` of the COFF header, whose place is at 0x3C ("PE Format", Microsoft).
fn pe_machine(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(bytes.get(0x3C..).and_then(u16_le)?..)?;
    let machine = header.strip_prefix(b"PE\0\0").filter(|_| bytes.starts_with(b"MZ"))?;
    u16_le(machine)
}

/// iPXE keeps its version as a C string of its own (`product_version`): here the first text after
/// a NUL that starts like a release.
fn efi_version(bytes: &[u8]) -> Option<String> {
    bytes
        .split(|byte| *byte == 0)
        .map(text)
        .find(|word| release(word).is_some())
        .map(ToOwned::to_owned)
}

/// The three numbers that a version starts with. With a fourth one it is an IP address.
fn release(version: &str) -> Option<[u32; 3]> {
    let number = version.find(|next: char| !next.is_ascii_digit() && next != '.');
    let mut numbers = version.get(..number.unwrap_or(version.len()))?.split('.').map(str::parse);
    let release = [numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?];
    numbers.next().is_none().then_some(release)
}

/// The printable ASCII that `bytes` start with.
fn text(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|byte| !matches!(byte, b' '..=b'~')).unwrap_or(bytes.len());
    bytes.get(..end).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
}

fn u16_le(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().map(|bytes| usize::from(u16::from_le_bytes(*bytes)))
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}
