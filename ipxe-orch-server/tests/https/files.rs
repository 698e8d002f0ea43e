//! Certificates that cannot be used.

use crate::site::{NOW, Site, names};
use ipxe_orch_server::serve::{Certificates, self_signed};
use std::{fs, os::unix::fs::PermissionsExt as _};

#[test]
fn the_certificate_of_the_first_start_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = self_signed(folder.path(), names(), NOW).unwrap().fingerprint();
    assert_eq!(self_signed(folder.path(), names(), NOW).unwrap().fingerprint(), first);
    let mode = fs::metadata(folder.path().join("self-signed.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_wrong_with_a_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    self_signed(folder.path(), names(), NOW).unwrap();
    let path = |name: &str| folder.path().join(name);
    let (certificate, key) = (path("self-signed.crt"), path("self-signed.key"));
    let told = |certificate: &str, key: &str| {
        Certificates::read(path(certificate), path(key)).unwrap_err().to_string()
    };
    assert!(told("none.crt", "self-signed.key").contains("none.crt"));
    assert!(told("self-signed.key", "self-signed.key").contains("has no certificate"));
    fs::copy(path("self-signed.crt"), path("kept.crt")).unwrap();
    fs::set_permissions(path("kept.crt"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(told("self-signed.crt", "kept.crt").contains("has no key"));
    let other = tempfile::tempdir().unwrap();
    self_signed(other.path(), names(), NOW).unwrap();
    fs::copy(other.path().join("self-signed.key"), path("other.key")).unwrap();
    assert!(told("self-signed.crt", "other.key").contains("cannot be used together"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(told("self-signed.crt", "self-signed.key").contains("everybody may read"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    Certificates::read(certificate, key).unwrap();
}

#[tokio::test]
async fn a_pair_that_is_not_whole_changes_nothing() {
    let site = Site::new().await;
    let fingerprint = site.certificates.fingerprint();
    let client = site.client();
    let kept = fs::read(site.path("self-signed.key")).unwrap();
    fs::write(site.path("self-signed.key"), "-----BEGIN PRIVATE KEY-----\n").unwrap();
    site.certificates.renew().unwrap_err();
    client.get(&site.url).send().await.unwrap();
    fs::write(site.path("self-signed.key"), kept).unwrap();
    site.certificates.renew().unwrap();
    assert_eq!(site.certificates.fingerprint(), fingerprint);
    site.stop().await;
}
