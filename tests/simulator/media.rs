//! Images and disks for the machines. They print on the console that they were booted.

use crate::support::{
    Result, cache,
    server::{Site, firmware_dirs},
};
use bytes::Bytes;
use ipxe_orch_core::{
    image::{Bootloaders, Layout, Medium},
    script,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The start of each line that a booted disk prints.
pub(crate) const MARK: &str = "corpus: ";

/// A boot image with this script.
pub(crate) fn image(dir: &Path, medium: Medium, script: &str) -> Result<PathBuf> {
    let [isolinux, ldlinux, bios, efi, record] =
        ["isolinux.bin", "ldlinux.c32", "ipxe.lkrn", "ipxe-amd64.efi", "isohdpfx.bin"].map(file);
    let firmware = Bootloaders::new(isolinux?, ldlinux?, bios?, efi?).with_boot_record(record?);
    let image = Layout::for_medium(&firmware, medium)?.plan(script)?.image();
    let path = dir.join("image");
    fs::write(&path, image.chunks(0..image.len()).collect::<Vec<_>>().concat())?;
    Ok(path)
}

/// A boot loader file from where `scripts/setup` puts it.
fn file(name: &str) -> Result<Bytes> {
    let path = firmware_dirs().into_iter().map(|dir| dir.join(name)).find(|path| path.exists());
    let path = path.ok_or_else(|| format!("no {name}: run scripts/setup"))?;
    Ok(fs::read(path)?.into())
}

/// A kernel for every name that the corpus uses for one.
pub(crate) fn kernel() -> Result<Vec<u8>> {
    Ok(fs::read(cache("media/tiny/vmlinuz")?)?)
}

/// The length of a disk in bytes. iPXE does not boot a disk of less than a cylinder, 255 x 63
/// sectors.
const DISK: usize = 16 * 1024 * 1024;

/// A BIOS disk that prints a line and stops.
fn bios_disk(line: &str) -> Vec<u8> {
    // xor ax,ax; mov ds,ax; cld; mov si,message; next: lodsb; test al,al; jz end;
    // mov ah,0eh; xor bx,bx; int 10h; jmp next; end: hlt; jmp end; message:
    let mut bytes = vec![
        0x31, 0xc0, 0x8e, 0xd8, 0xfc, 0xbe, 0x18, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x08, 0xb4, 0x0e,
        0x31, 0xdb, 0xcd, 0x10, 0xeb, 0xf3, 0xf4, 0xeb, 0xfd,
    ];
    bytes.extend_from_slice(format!("{MARK}{line}\r\n\0").as_bytes());
    bytes.resize(510, 0);
    bytes.extend_from_slice(&[0x55, 0xaa]);
    bytes.resize(DISK, 0);
    bytes
}

/// A SAN disk that prints its address.
pub(crate) fn network_disk(firmware: script::Firmware, address: &str) -> Result<Vec<u8>> {
    let line = format!("san {address}");
    if firmware == script::Firmware::Bios {
        return Ok(bios_disk(&line));
    }
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("disk");
    efi_disk(&path, &line, &[])?;
    Ok(fs::read(path)?)
}

/// The disk number `index` of a machine, as its world describes it.
pub(crate) fn disk(
    dir: &Path,
    index: usize,
    firmware: script::Firmware,
    disk: &script::Disk,
) -> Result<PathBuf> {
    let path = dir.join(format!("disk{index}"));
    let line = format!("disk {index}");
    match firmware {
        script::Firmware::Bios if disk.boots => fs::write(&path, bios_disk(&line))?,
        script::Firmware::Uefi if disk.boots => efi_disk(&path, &line, &disk.loaders)?,
        _ => fs::write(&path, vec![0; DISK])?,
    }
    Ok(path)
}

/// A FAT volume whose loaders are iPXE. Each has a script next to it that prints which loader it
/// is.
fn efi_disk(path: &Path, line: &str, loaders: &[String]) -> Result<()> {
    let scratch = path.with_extension("files");
    fs::create_dir_all(&scratch)?;
    let efi = scratch.join("ipxe.efi");
    fs::write(&efi, file("ipxe-amd64.efi")?)?;
    fs::write(path, vec![0; DISK])?;
    mtools("mformat", path, &["-T", "32768", "::"])?;
    let own = (r"\EFI\BOOT\BOOTX64.EFI".to_owned(), line.to_owned());
    let named = loaders.iter().map(|loader| (loader.clone(), format!("loader {loader}")));
    mtools("mmd", path, &["::/EFI"])?;
    for (loader, line) in std::iter::once(own).chain(named) {
        let loader = loader.replace('\\', "/");
        let (folder, _) = loader.rsplit_once('/').ok_or("a loader without a folder")?;
        let script = scratch.join("autoexec.ipxe");
        fs::write(&script, format!("#!ipxe\necho {MARK}{line}\nprompt\n"))?;
        mtools("mmd", path, &[&format!("::{folder}")])?;
        mtools("mcopy", path, &[&efi.to_string_lossy(), &format!("::{loader}")])?;
        let beside = format!("::{folder}/autoexec.ipxe");
        mtools("mcopy", path, &[&script.to_string_lossy(), &beside])?;
    }
    Ok(())
}

fn mtools(program: &str, image: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program).arg("-i").arg(image).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}: run scripts/setup"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The script of a machine that asks again and again what to run, through the NIC `control`.
pub(crate) fn asking(port: u16, control: usize) -> String {
    let (online, url) = (online(control), Site::url(port));
    format!("#!ipxe\n:again\n{online}chain --autofree {url}/next ||\nsleep 1\ngoto again\n")
}

/// The lines that connect a machine with its server and close its other NICs.
pub(crate) fn online(control: usize) -> String {
    let nic = format!("net{control}");
    format!("ifclose ||\nset {nic}/ip 10.0.2.15\nset {nic}/netmask 255.255.255.0\nifopen {nic}\n")
}

/// The lines that undo this.
pub(crate) fn offline(control: usize) -> String {
    format!("ifclose ||\nclear net{control}/ip ||\nclear net{control}/netmask ||\n")
}
