//! Other people's programs, whose reading of an image must agree with ours.

use std::{
    fs,
    io::ErrorKind,
    path::PathBuf,
    process::{Command, Output},
};

use ipxe_orch_core::image::Image;
use tempfile::TempDir;

use crate::images::whole;

/// The output of a program that must succeed.
///
/// # Panics
///
/// If it fails or is missing. The message names its Debian package.
pub(crate) fn run(program: &str, package: &str, arguments: &[&str]) -> Vec<u8> {
    let Output { status, stdout, stderr } = match Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("{program} is missing: apt install {package}")
        }
        result => result.unwrap_or_else(|error| panic!("{program}: {error}")),
    };
    let text = [&stdout[..], &stderr[..]].concat();
    assert!(status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&text));
    stdout
}

/// An image on disk. Its EFI system partition is next to it, extracted by isoinfo.
pub(crate) struct OnDisk {
    directory: TempDir,
}

impl OnDisk {
    pub(crate) fn new(image: &Image) -> Self {
        let on_disk = Self { directory: tempfile::tempdir().unwrap() };
        fs::write(on_disk.iso(), whole(image)).unwrap();
        fs::write(on_disk.esp(), on_disk.extract("/EFI.IMG;1")).unwrap();
        on_disk
    }

    pub(crate) fn iso(&self) -> PathBuf {
        self.directory.path().join("host.iso")
    }

    pub(crate) fn esp(&self) -> PathBuf {
        self.directory.path().join("esp.img")
    }

    pub(crate) fn isoinfo(&self, arguments: &[&str]) -> Vec<u8> {
        let iso = self.iso();
        run("isoinfo", "genisoimage", &[&["-i", iso.to_str().unwrap()], arguments].concat())
    }

    /// A file by its name in ISO 9660.
    pub(crate) fn extract(&self, name: &str) -> Vec<u8> {
        self.isoinfo(&["-x", name])
    }

    /// A file by its name in FAT.
    pub(crate) fn mtype(&self, name: &str) -> Vec<u8> {
        let esp = self.esp();
        run("mtype", "mtools", &["-i", esp.to_str().unwrap(), name])
    }

    /// # Panics
    ///
    /// If the FAT volume needs a repair.
    pub(crate) fn check_fat(&self) -> String {
        let esp = self.esp();
        let report = run("fsck.fat", "dosfstools", &["-n", "-v", esp.to_str().unwrap()]);
        String::from_utf8(report).unwrap()
    }

    /// A file by its name in FAT, from the partition that starts at this block of the disk.
    pub(crate) fn mtype_at(&self, block: u64, name: &str) -> Vec<u8> {
        let volume = format!("{}@@{}", self.iso().to_str().unwrap(), block * 512);
        run("mtype", "mtools", &["-i", &volume, name])
    }

    /// The partitions as sfdisk lists them: start, size, type and `bootable`, separated by spaces.
    pub(crate) fn sfdisk(&self) -> Vec<String> {
        let dump = run("/usr/sbin/sfdisk", "fdisk", &["--dump", self.iso().to_str().unwrap()]);
        let dump = String::from_utf8(dump).unwrap();
        let partitions = dump.lines().filter_map(|line| line.split_once(" : "));
        partitions.map(|(_, fields)| one_spaced(fields)).collect()
    }

    /// The output of sgdisk about the partition table.
    pub(crate) fn sgdisk(&self) -> String {
        let image = self.iso();
        let report = run("/usr/sbin/sgdisk", "gdisk", &["--verify", image.to_str().unwrap()]);
        String::from_utf8(report).unwrap()
    }

    /// What xorriso finds before the ISO 9660 volume.
    pub(crate) fn system_area(&self) -> String {
        let iso = self.iso();
        let arguments = ["-indev", iso.to_str().unwrap(), "-report_system_area", "plain"];
        String::from_utf8(run("xorriso", "xorriso", &arguments)).unwrap()
    }

    /// The table of xorriso about what can boot, without its heading.
    pub(crate) fn boot_entries(&self) -> Vec<String> {
        let iso = self.iso();
        let arguments = ["-indev", iso.to_str().unwrap(), "-report_el_torito", "plain"];
        let report = String::from_utf8(run("xorriso", "xorriso", &arguments)).unwrap();
        report
            .lines()
            .filter(|line| line.starts_with("El Torito boot img"))
            .map(|line| line.split_whitespace().skip(5).collect::<Vec<_>>().join(" "))
            .collect()
    }
}

fn one_spaced(fields: &str) -> String {
    fields.replace(',', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
