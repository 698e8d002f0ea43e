use std::iter::repeat_n;

use ipxe_orch_core::image::{Bootloaders, Layout, Medium, REGION_LEN};

use crate::{firmware, tools::OnDisk};

const SCRIPT: &str = "#!ipxe\necho hello\n";

fn padded(script: &str) -> Vec<u8> {
    script.bytes().chain(repeat_n(b'\n', REGION_LEN - script.len())).collect()
}

fn on_disk(firmware: &Bootloaders) -> OnDisk {
    OnDisk::new(&Layout::new(firmware).unwrap().plan(SCRIPT).unwrap().image())
}

/// Every tool reads every file as it was put in.
fn all_files_come_back(firmware: &Bootloaders) -> OnDisk {
    let disc = on_disk(firmware);
    assert!(disc.extract("/LDLINUX.C32;1") == firmware.ldlinux, "ldlinux");
    assert!(disc.extract("/IPXE.KRN;1") == firmware.ipxe_bios, "ipxe_bios");
    assert!(disc.extract("/SCRIPT.IPX;1") == padded(SCRIPT), "script by ISO9660");
    let loader = disc.extract("/ISOLINUX.BIN;1");
    assert!(loader[..8] == firmware.isolinux[..8] && loader[64..] == firmware.isolinux[64..]);
    assert_eq!(loader[8..16], [16, 0, 0, 0, 23, 0, 0, 0], "boot information: two sectors");

    assert!(disc.mtype("::/EFI/BOOT/BOOTX64.EFI") == firmware.ipxe_efi_x64, "ipxe_efi_x64");
    assert!(disc.mtype("::/autoexec.ipxe") == padded(SCRIPT), "script by FAT");
    disc.check_fat();
    disc
}

#[test]
fn made_up_firmware_comes_back() {
    let disc = all_files_come_back(&firmware::small());
    assert_eq!(
        disc.boot_entries(),
        ["1 BIOS y none 0x0000 0x00 4 23", "2 UEFI y none 0x0000 0x00 56 29"]
    );
}

#[test]
fn real_firmware_comes_back() {
    let firmware = firmware::real();
    let disc = all_files_come_back(&firmware);
    let entries = disc.boot_entries();
    assert!(entries.len() == 2 && entries[0].contains("BIOS") && entries[1].contains("UEFI"));
}

fn disk(firmware: &Bootloaders) -> OnDisk {
    let layout = Layout::for_medium(firmware, Medium::Disk).unwrap();
    OnDisk::new(&layout.plan(SCRIPT).unwrap().image())
}

#[test]
fn a_disk_is_read_by_partitioning_tools() {
    let disk = disk(&firmware::complete(firmware::small(), 3000));
    assert_eq!(
        disk.sfdisk(),
        ["start= 64 size= 52 type=17 bootable", "start= 116 size= 64 type=ef"]
    );
    let report = disk.sgdisk();
    assert!(report.contains("valid MBR") && report.contains("No problems found"), "{report}");
    let area = disk.system_area();
    assert!(area.contains("MBR partition path :   2  /EFI.IMG"), "{area}");
    assert!(
        area.contains("MBR partition      :   2   0x00  0xef          116           64"),
        "{area}"
    );
}

#[test]
fn files_of_a_disk_come_back() {
    for firmware in [firmware::real(), firmware::complete(firmware::small(), 3000)] {
        let disk = disk(&firmware);
        let esp = disk.sfdisk()[1].split_whitespace().nth(1).unwrap().parse().unwrap();
        let arm64 = firmware.ipxe_efi_arm64.as_ref().unwrap();
        assert!(disk.mtype_at(esp, "::/EFI/BOOT/BOOTX64.EFI") == firmware.ipxe_efi_x64);
        assert!(disk.mtype_at(esp, "::/EFI/BOOT/BOOTAA64.EFI") == *arm64);
        assert!(disk.mtype_at(esp, "::/autoexec.ipxe") == padded(SCRIPT));
        assert!(disk.extract("/SCRIPT.IPX;1") == padded(SCRIPT));
        disk.check_fat();
    }
}

#[test]
fn isoinfo_lists_the_files_of_level_1() {
    let disc = on_disk(&firmware::small());
    let list = String::from_utf8(disc.isoinfo(&["-f"])).unwrap();
    assert_eq!(
        list.lines().collect::<Vec<_>>(),
        [
            "/EFI.IMG;1",
            "/IPXE.KRN;1",
            "/ISOLINUX.BIN;1",
            "/ISOLINUX.CFG;1",
            "/LDLINUX.C32;1",
            "/SCRIPT.IPX;1"
        ]
    );
    let config = String::from_utf8(disc.extract("/ISOLINUX.CFG;1")).unwrap();
    assert!(config.contains("LINUX /IPXE.KRN\nINITRD /SCRIPT.IPX\n"), "{config}");
}

/// Directories and script take 10 clusters. The tools must agree with us on both sides of the limit
/// between FAT12 and FAT16.
#[test]
fn fat12_becomes_fat16_without_an_error() {
    for (clusters, bits) in [(11, 12), (4068, 12), (4069, 16), (4085, 16), (4200, 16)] {
        let firmware = firmware::synthetic([64, 1, 1, (clusters - 10) * 2048]);
        let disc = on_disk(&firmware);
        let report = disc.check_fat();
        assert!(report.contains(&format!("2 FATs, {bits} bit entries")), "{clusters}: {report}");
        assert!(disc.mtype("::/EFI/BOOT/BOOTX64.EFI") == firmware.ipxe_efi_x64, "{clusters}");
    }
}
