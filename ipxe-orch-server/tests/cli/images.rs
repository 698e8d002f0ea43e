//! Images, with and without a database.

use crate::operator::{Operator, read, two_hosts};
use insta::assert_snapshot;
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt as _};

const SERVER: [&str; 2] = ["--server", "http://10.0.2.2:8080"];

fn enrol(operator: &Operator, csv: &str, more: &[&str]) -> serde_json::Value {
    let build = ["images", "build", "--csv", csv, "--key", "k.toml", "--out", "out"];
    operator.json(&[&build[..], &SERVER, more].concat())
}

#[test]
fn the_image_of_one_host_is_told_of_and_for_its_owner_alone() {
    let operator = Operator::with_hosts();
    let build = ["images", "build", "--host", "web1", "--out", "web1.iso"];
    assert_snapshot!(operator.ok(&[&build[..], &SERVER].concat()));
    let image = fs::read(operator.path("web1.iso")).unwrap();
    let mode = fs::metadata(operator.path("web1.iso")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    operator.ok(&[&build[..], &SERVER].concat());
    assert_eq!(fs::read(operator.path("web1.iso")).unwrap(), image, "the same bytes again");
    let with_config = operator.file("c.toml", b"server_urls = ['http://10.0.2.2:8080']");
    operator.ok(&[&build[..], &["--config", with_config.to_str().unwrap()]].concat());
    assert_eq!(fs::read(operator.path("web1.iso")).unwrap(), image, "the servers of the settings");
    assert_eq!(operator.names("."), ["c.toml", "data", "firmware", "fleet.csv", "web1.iso"]);
}

#[test]
fn a_server_out_of_reach_is_warned_of() {
    let operator = Operator::with_hosts();
    let build = ["images", "build", "--all", "--out", "out", "--server", "http://[fec0::2]"];
    let ran = operator.run(&build);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let warning = "no NIC has an address of the same family (IPv4 or IPv6) as a server: no server \
                   can be reached";
    assert_eq!(
        ran.stderr,
        format!("warning: host db1: {warning}\nwarning: host web1: {warning}\n")
    );
    let result = operator.json(&build);
    assert_eq!(result["warnings"].as_array().unwrap().len(), 2);
    assert_eq!(result["wait_for_links_seconds"], json!(15.0));
    assert_eq!(result["local_disk_after_seconds"], json!(20.0));
}

/// What is not in every image: the boot record of ISOLINUX, and iPXE for 64-bit ARM.
fn more_firmware(operator: &Operator) {
    let mut record = b"isolinux.bin missing or corrupt.".to_vec();
    record.resize(432, 0);
    operator.file("firmware/isohdpfx.bin", &record);
    let mut arm64 = fs::read(operator.path("firmware/ipxe.efi")).unwrap();
    arm64[0x44..0x46].copy_from_slice(&[0x64, 0xAA]);
    operator.file("firmware/ipxe-arm64.efi", &arm64);
}

#[test]
fn an_image_is_a_disk_and_for_arm64_where_that_is_said() {
    let operator = Operator::with_hosts();
    let build = [&["images", "build", "--all", "--out", "out"][..], &SERVER].concat();
    let as_disk = [&build[..], &["--medium", "disk"]].concat();
    let arm64 = [&build[..], &["--arm64"]].concat();
    assert_snapshot!([operator.fails(&as_disk), operator.fails(&arm64)].join("---\n"));
    more_firmware(&operator);
    let cd = operator.json(&build)["bytes"].as_u64().unwrap();
    assert_eq!(operator.json(&as_disk)["bytes"], json!(1024 * 1024));
    let both = operator.json(&arm64);
    assert!(both["bytes"].as_u64().unwrap() > cd, "{both}");
    assert_eq!(both["firmware"]["used"][4]["part"], json!("ipxe_efi_arm64"));
    assert_eq!(operator.names("out"), ["db1.img", "db1.iso", "web1.img", "web1.iso"]);
    let text =
        String::from_utf8_lossy(&fs::read(operator.path("out/web1.img")).unwrap()).into_owned();
    assert!(text.contains("--drive 0x81 ||") && !text.contains("--drive 0x80"));
    operator.ok(&as_disk);
}

#[test]
fn a_server_with_https_needs_a_build_that_has_it() {
    let operator = Operator::with_hosts();
    let build = ["images", "build", "--all", "--out", "out", "--server", "https://10.0.2.2"];
    assert_snapshot!(operator.fails(&build));
    let mut efi = fs::read(operator.path("firmware/ipxe.efi")).unwrap();
    efi.extend_from_slice(b"\0https\0");
    operator.file("firmware/ipxe.efi", &efi);
    assert!(
        !operator.run(&build).stderr.contains("warning"),
        "it may have an authority of its own"
    );
    // The fingerprint of the authority of the iPXE project: no other one is trusted.
    efi.extend_from_slice(&[0x9f, 0xaf, 0x71, 0x7b, 0x7f, 0x8c, 0xa2, 0xf9, 0x3c, 0x25, 0x6c]);
    efi.extend_from_slice(&[0x79, 0xf8, 0xac, 0x55, 0x91, 0x89, 0x5d, 0x66, 0xd1, 0xff, 0x3b]);
    efi.extend_from_slice(&[0xee, 0x63, 0x97, 0xa7, 0x0d, 0x29, 0xc6, 0x5e, 0xed, 0x1a]);
    operator.file("firmware/ipxe.efi", &efi);
    let ran = operator.run(&build);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let warnings: Vec<_> = ran.stderr.lines().filter(|line| line.contains("warning")).collect();
    assert_eq!(warnings.len(), 1, "once for all hosts: {ran:?}");
    assert_snapshot!(warnings[0]);
}

#[test]
fn another_file_is_not_replaced() {
    let operator = Operator::with_hosts();
    operator.file("web1.iso", b"precious");
    let build = ["images", "build", "--host", "web1", "--out", "web1.iso"];
    assert_snapshot!(operator.fails(&[&build[..], &SERVER].concat()));
    assert_eq!(read(operator.path("web1.iso")), "precious");
    operator.ok(&[&build[..], &SERVER, &["--force"]].concat());
    let all = ["images", "build", "--all", "--out", "."];
    operator.ok(&[&all[..], &SERVER].concat());
    operator.file("db1.iso", b"precious");
    let before = fs::metadata(operator.path("web1.iso")).unwrap().modified().unwrap();
    operator.fails(&[&all[..], &SERVER].concat());
    let after = fs::metadata(operator.path("web1.iso")).unwrap().modified().unwrap();
    assert_eq!(before, after, "none is written");
}

#[test]
fn images_without_a_database_are_made_again_from_their_enrolment() {
    let operator = Operator::without_database();
    operator.file("fleet.csv", two_hosts().as_bytes());
    let result = enrol(&operator, "fleet.csv", &[]);
    assert_eq!(result["images"], json!(2));
    assert_eq!(operator.names("out"), ["db1.iso", "enrolment.csv", "web1.iso"]);
    assert!(!operator.path("data").exists(), "no database is needed");
    let image = fs::read(operator.path("out/web1.iso")).unwrap();
    let enrolment = read(operator.path("out/enrolment.csv"));
    enrol(&operator, "out/enrolment.csv", &[]);
    assert_eq!(fs::read(operator.path("out/web1.iso")).unwrap(), image);
    assert_eq!(read(operator.path("out/enrolment.csv")), enrolment);
}

#[test]
fn ids_of_an_earlier_run_are_not_lost() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().as_bytes());
    enrol(&operator, "fleet.csv", &[]);
    let enrolment = read(operator.path("out/enrolment.csv"));
    let again = ["images", "build", "--csv", "fleet.csv", "--key", "k.toml", "--out", "out"];
    assert_snapshot!(operator.fails(&[&again[..], &SERVER].concat()));
    assert_eq!(read(operator.path("out/enrolment.csv")), enrolment);
    enrol(&operator, "fleet.csv", &["--force"]);
    assert_ne!(read(operator.path("out/enrolment.csv")), enrolment);
}

#[test]
fn an_enrolment_is_registered_once_its_key_is_known() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().as_bytes());
    let key = enrol(&operator, "fleet.csv", &[])["key"].as_str().unwrap().to_owned();
    let import = ["hosts", "import", "out/enrolment.csv", "--yes"];
    assert_snapshot!(operator.fails(&import).replace(&key, "KEY"));
    operator.ok(&["keys", "import", "k.toml"]);
    operator.ok(&import);
    let image = fs::read(operator.path("out/web1.iso")).unwrap();
    operator.ok(&[&["images", "build", "--all", "--out", "again"], &SERVER[..]].concat());
    assert_eq!(fs::read(operator.path("again/web1.iso")).unwrap(), image, "the same image");
    let exported = operator.ok(&["hosts", "export", "-"]);
    let columns =
        |text: &str| text.lines().find(|line| line.starts_with("web1")).unwrap().to_owned();
    let enrolled = columns(&read(operator.path("out/enrolment.csv"))).replace(",install,", ",,");
    assert_eq!(columns(&exported), enrolled);
}

#[test]
fn a_key_that_is_not_the_hosts_is_refused() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().as_bytes());
    let key = enrol(&operator, "fleet.csv", &[])["key"].as_str().unwrap().to_owned();
    let build = ["images", "build", "--csv", "out/enrolment.csv", "--key", "new.toml"];
    let errors = operator.fails(&[&build[..], &["--out", "other"], &SERVER].concat());
    assert_snapshot!(errors.replace(&key, "KEY"));
    assert!(!operator.path("new.toml").exists() && !operator.path("other").exists());
}

/// The names and states of all hosts' images.
fn states(operator: &Operator) -> Vec<(String, String)> {
    let hosts = operator.json(&["hosts", "list"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let state = |host: &serde_json::Value| (text(&host["name"]), text(&host["image"]["state"]));
    hosts.as_array().unwrap().iter().map(state).collect()
}

fn named(states: [(&str, &str); 2]) -> Vec<(String, String)> {
    states.map(|(name, state)| (name.to_owned(), state.to_owned())).to_vec()
}

#[test]
fn an_image_is_outdated_after_a_change_until_it_is_built_again() {
    let operator = Operator::with_hosts();
    assert_eq!(states(&operator), named([("db1", "none"), ("web1", "none")]));
    let build = [&["images", "build", "--outdated", "--out", "out"][..], &SERVER].concat();
    assert_eq!(operator.json(&build)["images"], json!(2), "none was built before");
    assert_eq!(states(&operator), named([("db1", "current"), ("web1", "current")]));
    let again = operator.run(&build);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""), "{again:?}");
    assert_eq!(again.stderr, "no image is outdated: there is nothing to do\n");

    operator.ok(&["hosts", "set", "web1", "--mac", "52:54:00:99:99:99"]);
    assert_eq!(states(&operator), named([("db1", "current"), ("web1", "outdated")]));
    let listed = operator.run(&["hosts", "list"]);
    let hint = "1 with an outdated image: see `ipxe-orch hosts list --outdated`\n";
    assert_eq!(listed.stderr, hint, "{listed:?}");
    let outdated = operator.ok(&["hosts", "list", "--outdated"]);
    assert!(outdated.contains("web1") && !outdated.contains("db1"), "{outdated}");
    let shown = operator.ok(&["hosts", "show", "web1"]);
    assert!(shown.contains(", outdated: `ipxe-orch images build --outdated`"), "{shown}");

    // An image that could not be written stays outdated.
    fs::remove_file(operator.path("out/web1.iso")).unwrap();
    fs::create_dir(operator.path("out/web1.iso")).unwrap();
    operator.fails(&build);
    assert_eq!(states(&operator), named([("db1", "current"), ("web1", "outdated")]));
    fs::remove_dir(operator.path("out/web1.iso")).unwrap();
    assert_eq!(operator.json(&build)["images"], json!(1));
    assert_eq!(states(&operator), named([("db1", "current"), ("web1", "current")]));
    let other = ["images", "build", "--outdated", "--out", "out", "--server", "http://10.0.2.3"];
    assert_eq!(operator.json(&other)["images"], json!(2), "for another server");
}
