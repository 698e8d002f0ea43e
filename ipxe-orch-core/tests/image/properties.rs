use bytes::Bytes;
use ipxe_orch_core::image::{Layout, Medium, REGION_LEN};
use proptest::prelude::*;

use crate::{
    firmware::{complete, small, synthetic},
    images::whole,
    reader::{Partition, loader_block, read_fat, read_iso, read_mbr, uefi_entry},
};

fn script() -> impl Strategy<Value = String> {
    prop::collection::vec("[ -~]{0,120}\n", 0..100)
        .prop_map(|lines| format!("#!ipxe\n{}", lines.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sizes_and_script_read_back(
        isolinux in 64..50_000_usize,
        ldlinux in 1..9_000_usize,
        bios in 1..9_000_usize,
        efi in prop_oneof![7 => 1..100_000_usize, 1 => 8_300_000..8_400_000_usize],
        script in script(),
    ) {
        let firmware = synthetic([isolinux, ldlinux, bios, efi]);
        let image = Layout::new(&firmware).unwrap().plan(&script).unwrap().image();
        let bytes = whole(&image);
        let iso = read_iso(&bytes);
        prop_assert_eq!(&iso["LDLINUX.C32;1"], &firmware.ldlinux);
        prop_assert_eq!(&iso["IPXE.KRN;1"], &firmware.ipxe_bios);
        prop_assert_eq!(&iso["ISOLINUX.BIN;1"][64..], &firmware.isolinux[64..]);

        let (sector, len) = uefi_entry(&bytes);
        prop_assert_eq!(&iso["EFI.IMG;1"], &bytes[sector * 2048..sector * 2048 + len]);
        let fat = read_fat(&iso["EFI.IMG;1"]);
        prop_assert!(fat["/EFI        /BOOT       /BOOTX64 EFI"] == firmware.ipxe_efi_x64);
        prop_assert_eq!(&fat["/AUTOEX~1IPX"], &iso["SCRIPT.IPX;1"]);
        let (start, filler) = iso["SCRIPT.IPX;1"].split_at(script.len());
        prop_assert_eq!(start, script.as_bytes());
        prop_assert!(filler.iter().all(|byte| *byte == b'\n'));
        prop_assert_eq!(filler.len(), REGION_LEN - script.len());
    }

    #[test]
    fn any_disk_reads_back(
        isolinux in 64..50_000_usize,
        bios in 1..9_000_usize,
        efi in prop_oneof![7 => 1..100_000_usize, 1 => 4_100_000..4_300_000_usize],
        arm64 in prop_oneof![7 => 1..100_000_usize, 1 => 4_100_000..4_300_000_usize],
        script in script(),
    ) {
        let firmware = complete(synthetic([isolinux, 1000, bios, efi]), arm64);
        let layout = Layout::for_medium(&firmware, Medium::Disk).unwrap();
        let bytes = whole(&layout.plan(&script).unwrap().image());
        prop_assert_eq!(bytes.len() % (1024 * 1024), 0);
        prop_assert!(bytes[..432] == firmware.isohdpfx.unwrap());

        let (sector, len) = uefi_entry(&bytes);
        let esp = Partition { active: false, kind: 0xEF, start: sector * 4, len: len / 512 };
        let rest = Partition { active: true, kind: 0x17, start: 64, len: sector * 4 - 64 };
        prop_assert_eq!(read_mbr(&bytes), [rest, esp]);
        let iso = read_iso(&bytes);
        let loader = loader_block(&bytes) * 512;
        prop_assert!(bytes[loader..loader + isolinux] == iso["ISOLINUX.BIN;1"]);

        let volume = &bytes[sector * 2048..sector * 2048 + len];
        prop_assert_eq!(&volume[28..32], u32::try_from(sector * 4).unwrap().to_le_bytes());
        let fat = read_fat(volume);
        prop_assert!(fat["/EFI        /BOOT       /BOOTX64 EFI"] == firmware.ipxe_efi_x64);
        let arm64 = firmware.ipxe_efi_arm64.unwrap();
        prop_assert!(fat["/EFI        /BOOT       /BOOTAA64EFI"] == arm64);
        prop_assert!(fat["/AUTOEX~1IPX"].starts_with(script.as_bytes()));
    }

    #[test]
    fn any_range_reads_as_a_slice_of_the_whole(
        offset in 0..90_000_u64,
        len in 0..40_000_usize,
    ) {
        let image = Layout::new(&small()).unwrap().plan("#!ipxe\n").unwrap().image();
        let bytes = whole(&image);
        let start = usize::try_from(offset).unwrap().min(bytes.len());
        let expected = &bytes[start..(start + len).min(bytes.len())];

        let mut buffer = vec![0xEE; len];
        let read = image.read_at(offset, &mut buffer);
        prop_assert_eq!(&buffer[..read], expected);
        prop_assert!(buffer[read..].iter().all(|byte| *byte == 0xEE));

        let chunks: Vec<Bytes> = image.chunks(offset..offset + u64::try_from(len).unwrap()).collect();
        prop_assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
        prop_assert_eq!(chunks.concat(), expected);
    }
}
