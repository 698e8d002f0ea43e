use ipxe_orch_core::image::{Extent, Image, ImageError, Layout, Medium, REGION_LEN};

use crate::firmware::{complete, filler, small, synthetic};

pub(crate) fn whole(image: &Image) -> Vec<u8> {
    image.chunks(0..image.len()).collect::<Vec<_>>().concat()
}

fn image(script: &str) -> Image {
    Layout::new(&small()).unwrap().plan(script).unwrap().image()
}

#[test]
fn equal_input_gives_equal_bytes() {
    assert!(whole(&image("#!ipxe\necho a\n")) == whole(&image("#!ipxe\necho a\n")));
}

#[test]
fn hosts_differ_in_the_region_alone() {
    let (one, other) =
        (image("#!ipxe\necho one\n"), image(&format!("#!ipxe\n{}", "x".repeat(16_000))));
    let region = one.region();
    assert_eq!((one.len(), &region), (other.len(), &other.region()));
    let differ: Vec<u64> = (0..)
        .zip(whole(&one).iter().zip(&whole(&other)))
        .filter(|(_, (a, b))| a != b)
        .map(|(at, _)| at)
        .collect();
    assert!(differ.len() > 15_900 && differ.iter().all(|at| region.contains(at)));
}

#[test]
fn the_region_is_whole_sectors_and_is_stored_once() {
    let image = image("#!ipxe\necho only-here\n");
    let region = image.region();
    assert_eq!((region.start % 2048, region.end - region.start), (0, 16_384));
    let bytes = whole(&image);
    assert_eq!(bytes.windows(9).filter(|window| window == b"only-here").count(), 1);
}

#[test]
fn a_script_of_the_limit_fits_and_one_more_byte_does_not() {
    let layout = Layout::new(&small()).unwrap();
    let full = format!("#!ipxe\n{}", "x".repeat(REGION_LEN - 7));
    let mut region = vec![0; REGION_LEN];
    let image = layout.plan(&full).unwrap().image();
    assert_eq!(image.read_at(image.region().start, &mut region), REGION_LEN);
    assert_eq!(region, full.as_bytes());
    assert_eq!(
        layout.plan(&format!("{full}x")).unwrap_err(),
        ImageError::ScriptTooLarge { len: REGION_LEN + 1, max: REGION_LEN }
    );
}

#[test]
fn images_share_the_bytes_of_their_layout() {
    let layout = Layout::new(&small()).unwrap();
    let [one, other] =
        ["#!ipxe\n", "#!ipxe\nexit\n"].map(|script| layout.plan(script).unwrap().image());
    let mut owned = 0;
    for (a, b) in one.extents().zip(other.extents()) {
        match (a, b) {
            (Extent::Shared(a), Extent::Shared(b)) => assert_eq!(a.as_ptr(), b.as_ptr()),
            (Extent::Owned(a), Extent::Owned(_)) => owned += a.len(),
            (a, b) => panic!("{a:?} and {b:?}"),
        }
    }
    assert_eq!(owned, REGION_LEN);
    assert_eq!(one.extents().map(|extent| extent.bytes().len()).sum::<usize>(), whole(&one).len());
}

#[test]
fn nothing_is_read_behind_the_end_or_backwards() {
    let image = image("#!ipxe\n");
    assert_eq!(image.read_at(image.len(), &mut [0; 10]), 0);
    assert_eq!(image.read_at(u64::MAX, &mut [0; 10]), 0);
    assert_eq!(image.read_at(image.len() - 3, &mut [0; 10]), 3);
    assert_eq!(image.chunks(u64::MAX..u64::MAX).count(), 0);
    #[expect(clippy::reversed_empty_ranges, reason = "a request may name it")]
    let backwards = image.chunks(9..5);
    assert_eq!(backwards.count(), 0);
}

#[test]
fn an_image_is_written_whole_and_an_error_of_the_writer_is_returned() {
    let image = image("#!ipxe\necho a\n");
    let mut written = Vec::new();
    image.write_to(&mut written).unwrap();
    assert!(written == whole(&image));
    let mut short = [0; 4096];
    let error = image.write_to(&mut short.as_mut_slice()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
    assert_eq!(short[..], written[..4096]);
}

#[test]
fn debug_output_keeps_the_script_to_itself() {
    let plan = Layout::new(&small()).unwrap().plan("#!ipxe\nset secret s3cr3t\n").unwrap();
    let image = plan.image();
    let extents: Vec<_> = image.extents().collect();
    let shown = format!("{plan:?} {image:?} {extents:?} {:?}", image.chunks(0..9));
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn firmware_outside_the_limits_is_named() {
    let error = |lens| Layout::new(&synthetic(lens)).unwrap_err().to_string();
    assert_eq!(
        error([63, 1, 1, 1]),
        "isolinux has 63 bytes, but must have at least 64: the file is not complete"
    );
    assert_eq!(
        error([64, 0, 1, 1]),
        "ldlinux has 0 bytes, but must have at least 1: the file is not complete"
    );
    assert_eq!(
        error([64, 1, 0, 1]),
        "ipxe_bios has 0 bytes, but must have at least 1: the file is not complete"
    );
    assert_eq!(
        error([64, 1, 1, 0]),
        "ipxe_efi_x64 has 0 bytes, but must have at least 1: the file is not complete"
    );
    assert_eq!(
        error([64, 1, (32 << 20) + 1, 1]),
        "ipxe_bios has 33554433 bytes, but at most 33554432 are supported: it is probably another \
         file"
    );
    assert_eq!(
        error([64, 1, 1, 32 << 20]),
        "the EFI system partition would have 33642496 bytes, but a boot catalogue describes at \
         most 33553920; use smaller UEFI loaders"
    );
}

#[test]
fn a_cd_stays_as_it_is_when_a_boot_record_is_at_hand() {
    let with = |firmware| whole(&Layout::new(&firmware).unwrap().plan("#!ipxe\n").unwrap().image());
    assert!(with(small()) == with(small().with_boot_record(filler(6, 432))));
}

#[test]
fn a_disk_needs_a_boot_record_of_the_right_length() {
    let disk = |firmware| Layout::for_medium(&firmware, Medium::Disk).map(drop);
    assert_eq!(disk(small()), Err(ImageError::NoBootRecord));
    assert_eq!(disk(complete(small(), 1000)), Ok(()));
    for len in [431, 433] {
        let text = disk(small().with_boot_record(filler(6, len))).unwrap_err().to_string();
        assert!(text.starts_with(&format!("isohdpfx has {len} bytes, but ")), "{text}");
    }
}
