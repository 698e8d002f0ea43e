//! Firmware, imported.

use crate::desk::{Desk, read};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::symlink};

/// A folder as a package and a disc leave it.
fn unpacked(desk: &Desk) {
    for (name, file) in [
        ("in/usr/lib/ipxe/ipxe.lkrn", "ipxe.lkrn"),
        ("in/EFI/BOOT/BOOTX64.EFI", "ipxe.efi"),
        ("in/ISOLINUX.BIN", "isolinux.bin"),
        ("in/ldlinux.c32", "ldlinux.c32"),
    ] {
        let bytes = fs::read(desk.path("firmware").join(file)).unwrap();
        desk.file(name, &bytes);
    }
    desk.file("in/README", b"hello");
}

#[test]
fn a_folder_is_imported_and_images_are_made_of_it() {
    let desk = Desk::with_hosts();
    unpacked(&desk);
    let result = desk.json(&["firmware", "import", "in"]);
    assert_eq!(result["used"][3]["path"], json!("data/firmware/ipxe-amd64.efi"));
    assert_eq!(
        desk.names("data/firmware"),
        ["ipxe-amd64.efi", "ipxe.lkrn", "isolinux.bin", "ldlinux.c32", "manifest.json"]
    );
    let manifest: Value =
        serde_json::from_str(&read(desk.path("data/firmware/manifest.json"))).unwrap();
    assert_eq!(manifest[3]["part"], json!("ipxe_efi_x64"));
    assert_eq!(manifest[3]["from"], json!("in/EFI/BOOT/BOOTX64.EFI"));
    assert_eq!(manifest[3]["bytes"], json!(4096));
    fs::remove_dir_all(desk.path("firmware")).unwrap();
    let mut build = desk.command(&["images", "build", "--all", "--out", "out"]);
    build.args(["--server", "http://10.0.2.2"]).env_remove("IPXE_ORCH_FIRMWARE_DIRS");
    assert!(build.status().unwrap().success());
}

#[test]
fn a_second_import_replaces_what_it_has_and_keeps_the_rest() {
    let desk = Desk::new();
    unpacked(&desk);
    desk.ok(&["firmware", "import", "in"]);
    let mut newer = fs::read(desk.path("firmware/ipxe.efi")).unwrap();
    newer.extend_from_slice(b"\0https\0");
    desk.file("newer/ipxe-x86_64.efi", &newer);
    desk.ok(&["firmware", "import", "newer"]);
    assert_eq!(fs::read(desk.path("data/firmware/ipxe-amd64.efi")).unwrap(), newer);
    let manifest: Value =
        serde_json::from_str(&read(desk.path("data/firmware/manifest.json"))).unwrap();
    assert_eq!(manifest.as_array().unwrap().len(), 4, "{manifest}");
    assert_eq!(manifest[3]["from"], json!("newer/ipxe-x86_64.efi"));
}

#[test]
fn what_cannot_be_imported_is_told_and_changes_nothing() {
    let desk = Desk::new();
    desk.file("x.deb", b"!<arch>\ndebian-binary");
    let mut disc = vec![0; 16 * 2048 + 1];
    disc.extend_from_slice(b"CD001\x01");
    desk.file("x.iso", &disc);
    desk.file("old/ipxe.lkrn", b"hello");
    desk.file("text", b"hello");
    fs::create_dir(desk.path("links")).unwrap();
    symlink(desk.path("firmware/ipxe.lkrn"), desk.path("links/ipxe.lkrn")).unwrap();
    let all: Vec<_> = ["x.deb", "x.iso", "old", "links", "text", "absent"]
        .iter()
        .map(|from| desk.fails(&["firmware", "import", from]))
        .collect();
    insta::assert_snapshot!(all.join("---\n"));
    assert_eq!(desk.names("data/firmware"), [""; 0]);
}

#[test]
fn a_build_that_hyper_v_cannot_use_is_warned_of() {
    let desk = Desk::new();
    let efi = fs::read(desk.path("firmware/ipxe.efi")).unwrap();
    let at = efi.windows(6).position(|window| window == b"netvsc").unwrap();
    let mut snponly = efi;
    snponly[at..at + 6].copy_from_slice(b"xxxxxx");
    desk.file("in/ipxe.efi", &snponly);
    let ran = desk.run(&["firmware", "import", "in"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("ipxe-amd64.efi has no driver netvsc"), "{ran:?}");
}
