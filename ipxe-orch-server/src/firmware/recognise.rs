//! Recognises boot loader files by their content.

use super::{About, Part, Unusable};

/// What the script of every host needs. iPXE has both since January 2021.
const NEEDED_COMMAND: &str = "iflinkwait";
const NEEDED_FILE: &str = "autoexec.ipxe";

/// The last release without [`NEEDED_COMMAND`]. Builds between releases have a `+` after the
/// number.
const LAST_WITHOUT: [u32; 3] = [1, 21, 1];

/// What the file contains about itself.
pub(super) fn recognise(part: Part, bytes: &[u8]) -> Result<About, Unusable> {
    match part {
        Part::Isolinux => isolinux(bytes).map(About::version),
        Part::Ldlinux => ldlinux(bytes).map(About::version),
        Part::IpxeBios => ipxe_bios(bytes).map(About::version),
        Part::IpxeEfiX64 => ipxe_efi(bytes, X86_64),
        Part::IpxeEfiArm64 => ipxe_efi(bytes, ARM64),
        Part::Isohdpfx => isohdpfx(bytes).map(About::version),
    }
}

/// The code of 432 bytes contains a message with its name. It has no signature, because that
/// belongs to the whole record.
fn isohdpfx(bytes: &[u8]) -> Result<Option<String>, Unusable> {
    if bytes.len() == 432 && find(bytes, b"isolinux.bin missing or corrupt").is_some() {
        Ok(None)
    } else {
        Err(Unusable::Foreign { expected: "the master boot record isohdpfx of ISOLINUX" })
    }
}

/// ISOLINUX prints "ISOLINUX 6.04 20200816" when it starts.
pub(super) fn isolinux(bytes: &[u8]) -> Result<Option<String>, Unusable> {
    let banner = b"ISOLINUX ";
    let at = find(bytes, banner).ok_or(Unusable::Foreign { expected: "ISOLINUX" })?;
    let version = text(bytes.get(at + banner.len()..).unwrap_or_default());
    Ok(Some(version.trim_end().to_owned()))
}

/// A 32-bit ELF module. It does not contain its version.
pub(super) fn ldlinux(bytes: &[u8]) -> Result<Option<String>, Unusable> {
    if bytes.starts_with(b"\x7FELF\x01") {
        Ok(None)
    } else {
        Err(Unusable::Foreign { expected: "a 32-bit module of SYSLINUX" })
    }
}

/// iPXE for BIOS looks like a Linux kernel. The boot protocol has a magic number at 0x202. At 0x20E
/// it has the place of a version text, counted from 0x200 ("The Linux/x86 Boot Protocol", fields
/// `header` and `kernel_version`).
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

/// A processor: the field `Machine` of the COFF header, and a description.
#[derive(Clone, Copy)]
pub(super) struct Machine(u16, &'static str);

pub(super) const X86_64: Machine = Machine(0x8664, "iPXE for UEFI on x86-64");
pub(super) const ARM64: Machine = Machine(0xAA64, "iPXE for UEFI on 64-bit ARM");

/// iPXE for UEFI is a PE image, in which strings are not compressed.
pub(super) fn ipxe_efi(bytes: &[u8], machine: Machine) -> Result<About, Unusable> {
    let foreign = Unusable::Foreign { expected: machine.1 };
    let Some(header) = coff(bytes).filter(|_| find(bytes, b"iPXE").is_some()) else {
        return Err(foreign);
    };
    if u16_le(header) != Some(usize::from(machine.0)) {
        return Err(foreign);
    }
    let version = efi_version(bytes);
    for word in [NEEDED_COMMAND, NEEDED_FILE] {
        if find(bytes, word.as_bytes()).is_none() {
            return Err(Unusable::TooOld { version, lacks: word });
        }
    }
    Ok(About::of_efi(bytes, version, is_signed(header)))
}

/// The COFF header. Its place is stored at 0x3C ("PE Format", Microsoft).
fn coff(bytes: &[u8]) -> Option<&[u8]> {
    let header = bytes.get(bytes.get(0x3C..).and_then(u16_le)?..)?;
    header.strip_prefix(b"PE\0\0").filter(|_| bytes.starts_with(b"MZ"))
}

/// Whether the certificate table, which is the fifth data directory, is not empty. The optional
/// header follows the 20 bytes of the COFF header. In a PE32+ image (0x20B) the directories start
/// at its byte 112.
fn is_signed(coff: &[u8]) -> bool {
    let optional = coff.get(20..).filter(|optional| u16_le(optional) == Some(0x20B));
    let table = optional.and_then(|optional| optional.get(112 + 4 * 8..112 + 5 * 8));
    table.and_then(|table| table.get(4..)).is_some_and(|len| len.iter().any(|byte| *byte != 0))
}

/// The version in a UEFI build. iPXE stores it as a C string (`product_version`). This takes the
/// first text after a NUL that begins like a release number.
fn efi_version(bytes: &[u8]) -> Option<String> {
    bytes
        .split(|byte| *byte == 0)
        .map(text)
        .find(|word| release(word).is_some())
        .map(ToOwned::to_owned)
}

/// The three numbers at the start of a version. With a fourth number it is an IP address.
fn release(version: &str) -> Option<[u32; 3]> {
    let number = version.find(|next: char| !next.is_ascii_digit() && next != '.');
    let mut numbers = version.get(..number.unwrap_or(version.len()))?.split('.').map(str::parse);
    let release = [numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?];
    numbers.next().is_none().then_some(release)
}

/// The printable ASCII at the start of `bytes`.
fn text(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|byte| !matches!(byte, b' '..=b'~')).unwrap_or(bytes.len());
    bytes.get(..end).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
}

fn u16_le(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().map(|bytes| usize::from(u16::from_le_bytes(*bytes)))
}

pub(super) fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}
