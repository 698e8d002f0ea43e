use std::iter::repeat_n;

use ipxe_orch_core::image::{Firmware, Layout, REGION_LEN};

use crate::{firmware, tools::OnDisk};

const SCRIPT: &str = "#!ipxe\necho hello\n";

fn padded(script: &str) -> Vec<u8> {
    script.bytes().chain(repeat_n(b'\n', REGION_LEN - script.len())).collect()
}

fn on_disk(firmware: &Firmware) -> OnDisk {
    OnDisk::new(&Layout::new(firmware).unwrap().plan(SCRIPT).unwrap().image())
}

/// Every file comes back from every tool as it went in.
fn all_files_come_back(firmware: &Firmware) -> OnDisk {
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

/// 10 clusters hold directories and script; the tools must see both sides of the limit as we do.
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
