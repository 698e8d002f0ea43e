//! Damaged and malicious discs.

use crate::{
    harness::read_everything,
    make::{Folder, small_discs, structured, tag_sum},
};
use ipxe_orch_core::disc::{Disc, ReadAt};
use proptest::prelude::*;
use std::{fs, sync::LazyLock};

static DISCS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(small_discs);

static PLACES: LazyLock<Vec<Vec<usize>>> =
    LazyLock::new(|| DISCS.iter().map(|image| structured(image)).collect());

/// The smallest number of cases. `PROPTEST_CASES` can ask for more.
const CASES: u32 = 3000;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES.max(ProptestConfig::default().cases), ..ProptestConfig::default() })]

    #[test]
    fn damaged_discs_never_break_the_reader(
        disc in 0..5_usize,
        damage in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..512_usize, prop_oneof![Just(0), Just(255), any::<u8>()]),
            1..12,
        ),
    ) {
        let mut image = DISCS[disc].clone();
        for (sector, at, byte) in damage {
            image[sector.get(&PLACES[disc]) * 512 + at] = byte;
        }
        for sector in image.chunks_exact_mut(512) {
            sector[4] = tag_sum(sector).unwrap_or(sector[4]);
        }
        read_everything(&image);
    }

    #[test]
    fn discs_that_are_cut_short_never_break_the_reader(disc in 0..5_usize, len: prop::sample::Index) {
        let image = &DISCS[disc];
        read_everything(&image[..len.index(image.len())].to_vec());
    }
}

/// The place of a file's directory record in the image, found by the file's name.
fn record_of(image: &[u8], name: &[u8]) -> usize {
    let at = image.windows(name.len()).position(|window| window == name).unwrap();
    at - 33
}

fn error(image: &dyn ReadAt) -> String {
    Disc::open(image).map(|_| ()).unwrap_err().to_string()
}

fn plain() -> Vec<u8> {
    let folder = Folder::new();
    fs::write(folder.content().join("AAAA.BBB"), "hello").unwrap();
    folder.genisoimage(&["-iso-level", "1", "-D"])
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (name, why) in [
        (b"../../B;", "`../../b` cannot be the name of a file: `/` and `\\` are not allowed"),
        (b"..;A.BBB", "`.` cannot be the name of a file: it leads to another folder"),
        (b"A\\A.BBB;", "`a\\a.bbb` cannot be the name of a file: `/` and `\\` are not allowed"),
        (
            b"A\0AA.BBB",
            "`a\\u{0}aa.bbb` cannot be the name of a file: control characters are not allowed",
        ),
        (
            b"A\x1B[2.BBB",
            "`a\\u{1b}[2.bbb` cannot be the name of a file: control characters are not allowed",
        ),
        (b"A\xFFAA.BBB", "`a\u{fffd}aa.bbb` cannot be the name of a file: it is not UTF-8"),
    ] {
        let mut image = plain();
        let at = record_of(&image, b"AAAA.BBB") + 33;
        image[at..at + 8].copy_from_slice(name);
        assert_eq!(error(&image), why);
    }
}

#[test]
fn names_of_rock_ridge_that_lead_elsewhere_are_refused() {
    let folder = Folder::new();
    fs::write(folder.content().join("zzz"), "hello").unwrap();
    let image = folder.xorriso(&["-R"]);
    for name in [b"../", b"a/b", b".\\."] {
        let mut image = image.clone();
        let at = image.windows(8).position(|window| window == b"NM\x08\x01\0zzz").unwrap();
        image[at + 5..at + 8].copy_from_slice(name);
        assert!(error(&image).ends_with("`/` and `\\` are not allowed"), "{}", error(&image));
        image[at + 2] = 7;
        image[at + 5..at + 8].copy_from_slice(b"..\0");
        assert_eq!(error(&image), "`..` cannot be the name of a file: it leads to another folder");
    }
}

#[test]
fn a_directory_that_is_its_own_child_is_refused() {
    let mut image = plain();
    let (child, root) = (record_of(&image, b"\x05DISTS") + 1, 16 * 2048 + 156);
    let place = image[root + 2..root + 18].to_vec();
    image[child + 2..child + 18].copy_from_slice(&place);
    assert_eq!(error(&image), "a directory at byte 0 is damaged: two directories contain it");
}

#[test]
fn a_file_beyond_the_end_is_a_download_that_was_cut_short() {
    let image = plain();
    let error = error(&image[..image.len() - 700_000].to_vec());
    assert!(error.starts_with("a file ends at byte "), "{error}");
    assert!(error.ends_with("it is damaged or its download is incomplete"), "{error}");
}

#[test]
fn a_directory_of_4_gib_is_not_read() {
    let mut image = plain();
    let root = usize::try_from(u32::from_le_bytes(
        image[16 * 2048 + 158..16 * 2048 + 162].try_into().unwrap(),
    ));
    let own = root.unwrap() * 2048;
    image[own + 10..own + 14].copy_from_slice(&[0xFF; 4]);
    assert_eq!(error(&image), "the disc has more than 33554432 bytes in a directory");
}

#[test]
fn files_that_share_all_bytes_are_limited() {
    let mut image = plain();
    let all = u32::try_from(image.len()).unwrap().to_le_bytes();
    let names = image.windows(7).enumerate().filter(|(_, name)| name.ends_with(b"PACKA0"));
    let records: Vec<_> = names.map(|(at, _)| at + 1 - 33).collect();
    assert!(records.len() > 100);
    for record in records {
        image[record + 2..record + 6].fill(0);
        image[record + 10..record + 14].copy_from_slice(&all);
    }
    let error = error(&image);
    assert!(error.ends_with("bytes in files"), "{error}");
}

#[test]
fn what_is_no_disc_is_told() {
    for bytes in [Vec::new(), vec![0; 100_000], b"#!/bin/sh".repeat(10_000)] {
        let why = "this is not a disc image: it has neither an ISO 9660 nor a UDF volume";
        assert_eq!(error(&bytes), why);
    }
}
