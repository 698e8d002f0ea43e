//! Firmware, imported.

use crate::operator::{Operator, read};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::symlink};

/// A folder as a package and a disc leave it.
fn unpacked(operator: &Operator) {
    for (name, file) in [
        ("in/usr/lib/ipxe/ipxe.lkrn", "ipxe.lkrn"),
        ("in/EFI/BOOT/BOOTX64.EFI", "ipxe.efi"),
        ("in/ISOLINUX.BIN", "isolinux.bin"),
        ("in/ldlinux.c32", "ldlinux.c32"),
    ] {
        let bytes = fs::read(operator.path("firmware").join(file)).unwrap();
        operator.file(name, &bytes);
    }
    operator.file("in/README", b"hello");
}

#[test]
fn a_folder_is_imported_and_images_are_made_of_it() {
    let operator = Operator::with_hosts();
    unpacked(&operator);
    let result = operator.json(&["firmware", "import", "in"]);
    assert_eq!(result["used"][3]["path"], json!("data/firmware/ipxe-amd64.efi"));
    assert_eq!(
        operator.names("data/firmware"),
        ["ipxe-amd64.efi", "ipxe.lkrn", "isolinux.bin", "ldlinux.c32", "manifest.json"]
    );
    let manifest: Value =
        serde_json::from_str(&read(operator.path("data/firmware/manifest.json"))).unwrap();
    assert_eq!(manifest[3]["part"], json!("ipxe_efi_x64"));
    assert_eq!(manifest[3]["from"], json!("in/EFI/BOOT/BOOTX64.EFI"));
    assert_eq!(manifest[3]["bytes"], json!(4096));
    fs::remove_dir_all(operator.path("firmware")).unwrap();
    let mut build = operator.command(&["images", "build", "--all", "--out", "out"]);
    build.args(["--server", "http://10.0.2.2"]).env_remove("IPXE_ORCH_FIRMWARE_DIRS");
    assert!(build.status().unwrap().success());
}

#[test]
fn a_second_import_replaces_what_it_has_and_keeps_the_rest() {
    let operator = Operator::new();
    unpacked(&operator);
    operator.ok(&["firmware", "import", "in"]);
    let mut newer = fs::read(operator.path("firmware/ipxe.efi")).unwrap();
    newer.extend_from_slice(b"\0https\0");
    operator.file("newer/ipxe-x86_64.efi", &newer);
    operator.ok(&["firmware", "import", "newer"]);
    assert_eq!(fs::read(operator.path("data/firmware/ipxe-amd64.efi")).unwrap(), newer);
    let manifest: Value =
        serde_json::from_str(&read(operator.path("data/firmware/manifest.json"))).unwrap();
    assert_eq!(manifest.as_array().unwrap().len(), 4, "{manifest}");
    assert_eq!(manifest[3]["from"], json!("newer/ipxe-x86_64.efi"));
}

/// Runs another program in the operator's folder.
fn run(operator: &Operator, program: &str, package: &str, arguments: &[&str]) {
    let mut command = std::process::Command::new(program);
    let output = command.args(arguments).current_dir(operator.path("")).output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}: apt install {package}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
}

/// The same program for 64-bit ARM.
fn for_arm64(efi: &[u8]) -> Vec<u8> {
    let mut arm64 = efi.to_vec();
    arm64[0x44..0x46].copy_from_slice(&[0x64, 0xAA]);
    arm64
}

#[test]
fn packages_are_imported_as_they_are() {
    let operator = Operator::new();
    unpacked(&operator);
    operator.file(
        "in/DEBIAN/control",
        b"Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n",
    );
    for kind in ["xz", "zstd", "gzip", "none"] {
        let compression = format!("-Z{kind}");
        let arguments = ["--root-owner-group", &compression, "--build", "in", "x.deb"];
        run(&operator, "dpkg-deb", "dpkg", &arguments);
        let result = operator.json(&["firmware", "import", "x.deb"]);
        assert_eq!(result["used"].as_array().unwrap().len(), 4, "{kind}");
        let manifest: Value =
            serde_json::from_str(&read(operator.path("data/firmware/manifest.json"))).unwrap();
        assert_eq!(manifest[2]["from"], json!("x.deb/usr/lib/ipxe/ipxe.lkrn"), "{kind}");
        let (from, to) = ("firmware/ipxe.lkrn", "data/firmware/ipxe.lkrn");
        assert_eq!(fs::read(operator.path(from)).unwrap(), fs::read(operator.path(to)).unwrap());
        fs::remove_dir_all(operator.path("data/firmware")).unwrap();
    }
}

/// Made as iPXE 2.x makes `ipxe.iso` and `ipxe.usb`: `src/util/genfsimg`.
#[test]
fn discs_and_sticks_of_upstream_are_imported_as_they_are() {
    let operator = Operator::new();
    let efi = fs::read(operator.path("firmware/ipxe.efi")).unwrap();
    operator.file("x64", &efi);
    operator.file("aa64", &for_arm64(&efi));
    fs::create_dir(operator.path("iso")).unwrap();
    for name in ["isolinux.bin", "ldlinux.c32", "ipxe.lkrn"] {
        fs::copy(operator.path("firmware").join(name), operator.path("iso").join(name)).unwrap();
    }
    operator.file("iso/esp.img", &vec![0; 1440 * 1024]);
    run(&operator, "mformat", "mtools", &["-i", "iso/esp.img", "-f", "1440", "::"]);
    run(&operator, "mmd", "mtools", &["-i", "iso/esp.img", "::/EFI", "::/EFI/BOOT"]);
    run(&operator, "mcopy", "mtools", &["-i", "iso/esp.img", "x64", "::/EFI/BOOT/BOOTX64.EFI"]);
    run(&operator, "mcopy", "mtools", &["-i", "iso/esp.img", "aa64", "::/EFI/BOOT/BOOTAA64.EFI"]);
    let bios = ["-no-emul-boot", "-eltorito-boot", "isolinux.bin", "-boot-load-size", "4"];
    let uefi = ["-eltorito-alt-boot", "-no-emul-boot", "-e", "esp.img"];
    let fixed = ["-quiet", "-J", "-R", "-l", "-o", "ipxe.iso"];
    run(&operator, "genisoimage", "genisoimage", &[&fixed[..], &bios, &uefi, &["iso"]].concat());
    for (from, parts) in [("ipxe.iso", 5), ("iso/esp.img", 2)] {
        let result = operator.json(&["firmware", "import", from]);
        assert_eq!(result["used"].as_array().unwrap().len(), parts, "{from}");
        assert_eq!(fs::read(operator.path("data/firmware/ipxe-amd64.efi")).unwrap(), efi);
        assert_eq!(
            fs::read(operator.path("data/firmware/ipxe-arm64.efi")).unwrap(),
            for_arm64(&efi)
        );
    }
}

/// The archive of iPXE 2.x has a folder for each processor; its signed builds have fewer features.
#[test]
fn full_builds_come_before_signed_ones() {
    let operator = Operator::new();
    let efi = fs::read(operator.path("firmware/ipxe.efi")).unwrap();
    // A PE32+ with a certificate table of 8 bytes.
    let mut signed = efi.clone();
    signed.splice(0x46..0x46, vec![0; 18 + 112 + 5 * 8]);
    signed[0x58..0x5A].copy_from_slice(&[0x0B, 0x02]);
    signed[0x58 + 112 + 4 * 8 + 4] = 8;
    operator.file("ipxeboot/x86_64-sb/ipxe.efi", &signed);
    operator.file("ipxeboot/x86_64-sb/shimx64.efi", b"MZ");
    operator.file("ipxeboot/x86_64/ipxe.efi", &efi);
    operator.file("ipxeboot/arm64/ipxe.efi", &for_arm64(&efi));
    run(&operator, "tar", "tar", &["-czf", "ipxeboot.tar.gz", "ipxeboot"]);
    for from in ["ipxeboot.tar.gz", "ipxeboot"] {
        let result = operator.json(&["firmware", "import", from]);
        assert_eq!(result["skipped"], json!([]), "{from}");
        assert_eq!(result["used"][0]["signed"], json!(false));
        assert_eq!(fs::read(operator.path("data/firmware/ipxe-amd64.efi")).unwrap(), efi);
        assert_eq!(
            fs::read(operator.path("data/firmware/ipxe-arm64.efi")).unwrap(),
            for_arm64(&efi)
        );
    }
    fs::remove_dir_all(operator.path("ipxeboot/x86_64")).unwrap();
    let result = operator.json(&["firmware", "import", "ipxeboot"]);
    assert_eq!(result["used"][0]["signed"], json!(true));
}

#[test]
fn what_cannot_be_imported_is_told_and_changes_nothing() {
    let operator = Operator::new();
    operator.file("x.deb", b"!<arch>\ndebian-binary");
    operator.file("y.deb", format!("!<arch>\n{:<48}{:<10}`\n", "data.tar.lzma", 0).as_bytes());
    operator.file("z.deb", format!("!<arch>\n{:<48}{:<10}`\nhello", "data.tar.xz", 5).as_bytes());
    operator.file("x.tar.gz", b"\x1F\x8B hello hello");
    let mut disc = vec![0; 16 * 2048 + 1];
    disc.extend_from_slice(b"CD001\x01");
    disc.resize(20 * 2048, 0);
    operator.file("x.iso", &disc);
    operator.file("old/ipxe.lkrn", b"hello");
    operator.file("text", b"hello");
    fs::create_dir(operator.path("links")).unwrap();
    symlink(operator.path("firmware/ipxe.lkrn"), operator.path("links/ipxe.lkrn")).unwrap();
    let from = ["x.deb", "y.deb", "z.deb", "x.tar.gz", "x.iso", "old", "links", "text", "absent"];
    let all: Vec<_> =
        from.iter().map(|from| operator.fails(&["firmware", "import", from])).collect();
    insta::assert_snapshot!(all.join("---\n"));
    assert_eq!(operator.names("data/firmware"), [""; 0]);
}

#[test]
fn a_build_that_hyper_v_cannot_use_is_warned_of() {
    let operator = Operator::new();
    let efi = fs::read(operator.path("firmware/ipxe.efi")).unwrap();
    let at = efi.windows(6).position(|window| window == b"netvsc").unwrap();
    let mut snponly = efi;
    snponly[at..at + 6].copy_from_slice(b"xxxxxx");
    operator.file("in/ipxe.efi", &snponly);
    let ran = operator.run(&["firmware", "import", "in"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("ipxe-amd64.efi has no driver netvsc"), "{ran:?}");
}
