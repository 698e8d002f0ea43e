//! Boot loaders for the tests: those of Debian, and made-up ones of any length.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use ipxe_orch_core::image::Bootloaders;

/// Bytes that differ between files and between places in a file. Their period has no common factor
/// with the length of a block.
pub(crate) fn filler(seed: u8, len: usize) -> Bytes {
    let period: Vec<u8> = (0..=u8::MAX).map(|byte| byte.wrapping_mul(7) ^ seed).take(251).collect();
    let mut bytes = period.repeat(len.div_ceil(period.len()));
    bytes.truncate(len);
    bytes.into()
}

/// Made-up boot loaders with the given lengths of isolinux, ldlinux, iPXE for BIOS and iPXE for
/// UEFI.
pub(crate) fn synthetic([isolinux, ldlinux, bios, efi]: [usize; 4]) -> Bootloaders {
    Bootloaders::new(filler(1, isolinux), filler(2, ldlinux), filler(3, bios), filler(4, efi))
}

pub(crate) fn small() -> Bootloaders {
    synthetic([4000, 2048, 2049, 5000])
}

/// The same boot loaders with all optional ones.
pub(crate) fn complete(firmware: Bootloaders, arm64: usize) -> Bootloaders {
    firmware.with_arm64(filler(5, arm64)).with_boot_record(filler(6, 432))
}

/// Debian's boot loaders.
///
/// # Panics
///
/// If ISOLINUX or iPXE is in none of the known places.
pub(crate) fn real() -> Bootloaders {
    let isolinux = debian("/usr/lib/ISOLINUX/isolinux.bin", "isolinux");
    let ldlinux = debian("/usr/lib/syslinux/modules/bios/ldlinux.c32", "syslinux-common");
    let dir = ipxe_dirs().into_iter().find(|dir| dir.join("ipxe-amd64.efi").is_file());
    let dir = dir.unwrap_or_else(|| panic!("no iPXE in {:?}: run scripts/setup", ipxe_dirs()));
    let (bios, efi) = (read(&dir.join("ipxe.lkrn")), read(&dir.join("ipxe-amd64.efi")));
    let record = debian("/usr/lib/ISOLINUX/isohdpfx.bin", "isolinux");
    let arm64 = read(&dir.join("ipxe-arm64.efi"));
    Bootloaders::new(isolinux, ldlinux, bios, efi).with_arm64(arm64).with_boot_record(record)
}

/// The places of iPXE: where the setup script unpacks Debian 13's package, and where the package
/// itself installs its files.
fn ipxe_dirs() -> [PathBuf; 2] {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    [workspace.join(".cache/ipxe/usr/lib/ipxe"), PathBuf::from("/usr/lib/ipxe")]
}

fn debian(path: &str, package: &str) -> Bytes {
    assert!(Path::new(path).is_file(), "{path} is missing: apt install {package}");
    read(Path::new(path))
}

fn read(path: &Path) -> Bytes {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into()
}
