use std::{fs, path::Path};

use tempfile::TempDir;

use super::*;

const TRIXIE: &str = "1.21.1+git20250501.dad20602+dfsg-1";
const BOOKWORM: &str = "1.0.0+git-20190125.36a4c85-5.1";

fn lkrn(version: &str) -> Vec<u8> {
    let mut file = vec![0; 0x2AE];
    file[0x202..0x206].copy_from_slice(b"HdrS");
    file[0x20E] = 0xAE;
    [&file, version.as_bytes(), b"\0PSU"].concat()
}

fn efi(machine: u16, version: &str, words: &str) -> Vec<u8> {
    let mut file = vec![0; 0x40];
    file[..2].copy_from_slice(b"MZ");
    file[0x3C] = 0x40;
    let strings = format!("\x7F1.2\0iPXE\0\0{version}\0{words}\0");
    [&file, &b"PE\0\0"[..], &machine.to_le_bytes(), strings.as_bytes()].concat()
}

fn new_efi() -> Vec<u8> {
    efi(0x8664, TRIXIE, "iflinkwait\0autoexec.ipxe")
}

fn old_efi() -> Vec<u8> {
    efi(0x8664, BOOKWORM, "ifstat")
}

fn dir(files: &[(&str, Vec<u8>)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn loader() -> TempDir {
    let isolinux = b"\xFA\r\nISOLINUX 6.04 20200816 \0 Copyright".to_vec();
    dir(&[("isolinux.bin", isolinux), ("ldlinux.c32", b"\x7FELF\x01...".to_vec())])
}

fn find_in(dirs: &[&Path]) -> Result<FoundFirmware, FirmwareError> {
    find(&dirs.iter().map(|dir| dir.to_path_buf()).collect::<Vec<_>>())
}

#[test]
fn parts_are_found_in_different_directories_with_their_versions() {
    let ipxe = dir(&[("ipxe.lkrn", lkrn(TRIXIE)), ("ipxe-amd64.efi", new_efi())]);
    let loader = loader();
    let found = find_in(&[Path::new("/absent"), loader.path(), ipxe.path()]).unwrap();
    let versions: Vec<_> =
        found.sources.iter().map(|s| (s.part, s.about.version.as_deref())).collect();
    assert_eq!(
        versions,
        [
            (Part::Isolinux, Some("6.04 20200816")),
            (Part::Ldlinux, None),
            (Part::IpxeBios, Some(TRIXIE)),
            (Part::IpxeEfiX64, Some(TRIXIE)),
        ]
    );
    assert_eq!(found.sources[2].path, ipxe.path().join("ipxe.lkrn"));
    assert_eq!(found.firmware.ipxe_bios, lkrn(TRIXIE));
    assert_eq!(found.firmware.ipxe_efi_x64, new_efi());
    assert!(found.skipped.is_empty());
}

#[test]
fn the_first_directory_wins() {
    let loader = loader();
    let first = dir(&[("ipxe.lkrn", lkrn("2.0.0")), ("ipxe.efi", new_efi())]);
    let second = dir(&[("ipxe.lkrn", lkrn(TRIXIE)), ("ipxe-amd64.efi", new_efi())]);
    let found = find_in(&[loader.path(), first.path(), second.path()]).unwrap();
    assert_eq!(found.sources[2].about.version.as_deref(), Some("2.0.0"));
    assert_eq!(found.sources[3].path, first.path().join("ipxe.efi"));
}

#[test]
fn old_ipxe_is_skipped_for_a_newer_one() {
    let loader = loader();
    let old = dir(&[("ipxe.lkrn", lkrn(BOOKWORM)), ("ipxe.efi", old_efi())]);
    let new = dir(&[("ipxe.lkrn", lkrn(TRIXIE)), ("ipxe-x86_64.efi", new_efi())]);
    let found = find_in(&[loader.path(), old.path(), new.path()]).unwrap();
    assert_eq!(found.sources[2].path, new.path().join("ipxe.lkrn"));
    assert_eq!(found.sources[3].path, new.path().join("ipxe-x86_64.efi"));
    assert_eq!(
        found.skipped[0].to_string(),
        format!(
            "{} is not used: iPXE {BOOKWORM} is too old because it has no iflinkwait: install package \
             `ipxe` of Debian 13 (trixie) or later, or iPXE 2.0 or later from ipxe.org",
            old.path().join("ipxe.lkrn").display()
        )
    );
    assert_eq!(found.skipped[1].part, Part::IpxeEfiX64);
}

#[test]
fn nothing_usable_names_files_places_packages_and_what_was_skipped() {
    let old = dir(&[("ipxe.lkrn", lkrn(BOOKWORM))]);
    let error = find_in(&[Path::new("/absent"), old.path()]).unwrap_err();
    assert_eq!(error.missing.len(), 4);
    let old = old.path().display();
    assert_eq!(
        error.to_string(),
        format!(
            "firmware for boot images is missing:
  isolinux.bin: Debian package isolinux
  ldlinux.c32: Debian package syslinux-common
  ipxe.lkrn: Debian package ipxe of Debian 13 (trixie) or later
    {old}/ipxe.lkrn is not used: iPXE {BOOKWORM} is too old because it has no iflinkwait: install \
             package `ipxe` of Debian 13 (trixie) or later, or iPXE 2.0 or later from ipxe.org
  ipxe-amd64.efi or ipxe-x86_64.efi or ipxe.efi: Debian package ipxe of Debian 13 (trixie) or later
looked in /absent, {old}"
        )
    );
}

#[test]
fn releases_up_to_1_21_1_are_too_old() {
    let of = |version| recognise::recognise(Part::IpxeBios, &lkrn(version));
    for old in [BOOKWORM, "1.20.1", "1.20.1+ (g4bd0)", "1.21.1", "1.21.1 (g988d)"] {
        assert!(matches!(of(old), Err(Unusable::TooOld { .. })), "{old}");
    }
    for new in [TRIXIE, "1.21.1+", "1.21.1+ (gd4b3)", "1.21.2", "1.22.0", "2.0.0+"] {
        assert_eq!(of(new).unwrap().version.as_deref(), Some(new));
    }
}

#[test]
fn a_uefi_build_is_judged_by_its_words() {
    let of = |words| recognise::recognise(Part::IpxeEfiX64, &efi(0x8664, "1.21.1+", words));
    let about = of("iflinkwait\0autoexec.ipxe").unwrap();
    assert_eq!(about.version.as_deref(), Some("1.21.1+"));
    assert!(matches!(of("iflinkwait"), Err(Unusable::TooOld { lacks: "autoexec.ipxe", .. })));
    assert!(matches!(of("autoexec.ipxe"), Err(Unusable::TooOld { lacks: "iflinkwait", .. })));
}

#[test]
fn other_files_of_the_same_name_are_skipped() {
    let foreign = |part, bytes: &[u8]| {
        matches!(recognise::recognise(part, bytes), Err(Unusable::Foreign { .. }))
    };
    let arm64 = efi(0xAA64, TRIXIE, "iflinkwait\0autoexec.ipxe");
    assert!(foreign(Part::IpxeEfiX64, &arm64));
    assert!(foreign(Part::IpxeEfiArm64, &new_efi()));
    assert!(foreign(Part::IpxeBios, &lkrn("Debian 6.1.0-1-amd64")));
    for junk in [vec![], vec![0; 10], vec![0xFF; 4096]] {
        assert!(Part::ALL.iter().all(|part| foreign(*part, &junk)));
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let loader = loader();
    fs::create_dir(loader.path().join("ipxe.lkrn")).unwrap();
    let error = find_in(&[loader.path()]).unwrap_err();
    assert!(error.to_string().contains("ipxe.lkrn is not used: it cannot be read: "), "{error}");
    assert_eq!(error.missing, [Part::IpxeBios, Part::IpxeEfiX64]);
}

#[test]
fn the_data_directory_comes_first() {
    assert_eq!(default_dirs(Path::new("/data"))[0], Path::new("/data/firmware"));
}

#[test]
fn a_uefi_build_tells_what_it_can_do() {
    let words = "iflinkwait\0autoexec.ipxe\0https\0vcreate\0netvsc\0https://x";
    let about = recognise::recognise(Part::IpxeEfiX64, &efi(0x8664, TRIXIE, words)).unwrap();
    assert_eq!(about.features.as_deref(), Some(&["HTTPS", "VLAN"][..]));
    assert_eq!(about.drivers.as_deref(), Some(&["netvsc"][..]));
    assert_eq!((about.has_feature("HTTPS"), about.has_driver("netvsc")), (Some(true), Some(true)));
    assert_eq!(
        (about.has_feature("IPv6"), about.has_driver("vmxnet3")),
        (Some(false), Some(false))
    );
    let bios = recognise::recognise(Part::IpxeBios, &lkrn(TRIXIE)).unwrap();
    assert_eq!((bios.has_feature("HTTPS"), bios.has_driver("netvsc")), (None, None));
}

/// A file with the header of a PE32+ image and a certificate table of this length.
fn with_certificates(len: u8) -> Vec<u8> {
    let mut file = new_efi();
    let coff = 0x44;
    let strings = file.split_off(coff + 2);
    file.resize(coff + 20 + 112 + 5 * 8, 0);
    file[coff + 20..coff + 22].copy_from_slice(&[0x0B, 0x02]);
    file[coff + 20 + 112 + 4 * 8 + 4] = len;
    [file, strings].concat()
}

#[test]
fn a_signature_is_seen() {
    let signed = |bytes: &[u8]| recognise::recognise(Part::IpxeEfiX64, bytes).unwrap().signed;
    assert_eq!(signed(&with_certificates(8)), Some(true));
    assert_eq!(signed(&with_certificates(0)), Some(false));
    assert_eq!(signed(&new_efi()), Some(false));
}

#[test]
fn what_not_all_images_need_is_taken_where_it_is() {
    let loader = loader();
    let arm64 = efi(0xAA64, TRIXIE, "iflinkwait\0autoexec.ipxe");
    let mut record = b"isolinux.bin missing or corrupt.".to_vec();
    record.resize(432, 0);
    let ipxe = dir(&[
        ("ipxe.lkrn", lkrn(TRIXIE)),
        ("ipxe.efi", new_efi()),
        ("ipxe-arm64.efi", arm64.clone()),
        ("isohdpfx.bin", record.clone()),
    ]);
    let found = find_in(&[loader.path(), ipxe.path()]).unwrap();
    assert_eq!(found.firmware.ipxe_efi_arm64.as_deref(), Some(&arm64[..]));
    assert_eq!(found.firmware.isohdpfx.as_deref(), Some(&record[..]));
    assert_eq!(found.source(Part::Isohdpfx).unwrap().path, ipxe.path().join("isohdpfx.bin"));
}
