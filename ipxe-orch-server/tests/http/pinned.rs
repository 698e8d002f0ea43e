//! Media in the content that a version of a profile pins, and trees of files.

use crate::site::Site;
use axum::http::{Method, StatusCode};
use ipxe_orch_core::{conformance::Bench, digest::Digest, profile::ProfileVersion};
use ipxe_orch_server::media::{ImportOptions, MediaDir, Scope, import};
use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path, process::Command};

const PROFILE: &str = "name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\n\
    [[media]]\nname = 'release'\npath = 'disc/Release'\n\
    [[media]]\nname = 'loose'\npath = 'plain/kernel'\n\
    [[media]]\nname = 'tree'\ntree = 'disc'\n";

/// Imports a disc whose file `Release` is this, as the set `disc`.
fn take(root: &Path, release: &str) {
    let work = tempfile::tempdir().unwrap();
    let (content, iso) = (work.path().join("content"), work.path().join("disc.iso"));
    fs::create_dir_all(content.join("dists/bookworm")).unwrap();
    fs::write(content.join("Release"), release).unwrap();
    fs::write(content.join("dists/bookworm/a package.deb"), "package").unwrap();
    symlink("bookworm", content.join("dists/stable")).unwrap();
    let mut maker = Command::new("genisoimage");
    let made = maker.args(["-quiet", "-R", "-o"]).arg(&iso).arg(&content).status();
    assert!(made.expect("genisoimage: apt install genisoimage").success());
    let mut options = ImportOptions::default();
    (options.name, options.scope) = (Some("disc".parse().unwrap()), Scope::Tree);
    import(root, &iso, &options, &mut |_, _| ()).unwrap();
}

/// The host is marked, with a version that pins what is in the folder.
async fn pinned() -> Site {
    let site = Site::marked_with(async |bench: &Bench, root: &Path| {
        take(root, "old");
        let files = BTreeMap::from([("boot".parse().unwrap(), "#!ipxe\nboot".to_owned())]);
        let version = ProfileVersion::new(PROFILE, files).unwrap();
        let lock = MediaDir::new(root).lock(&version).await.unwrap();
        assert_eq!(lock.0.len(), 3);
        let (version, entry) = (version.with_lock(lock), bench.entry("profile.put"));
        bench.store.put_profile(&bench.grant().await, &version, &entry).await.unwrap();
    });
    site.await
}

async fn offered() -> (Site, String) {
    let site = pinned().await;
    let path = site.boot_path().await;
    assert_eq!(site.get(&path).await.status, StatusCode::OK);
    let ticket = site.ticket().await;
    (site, format!("/boot/v1/t/{ticket}/media"))
}

#[tokio::test]
async fn a_tree_is_served_file_by_file() {
    let (site, base) = offered().await;
    site.bench.events.take();
    for path in ["dists/bookworm/a%20package.deb", "dists/stable/a%20package.deb"] {
        let path = format!("{base}/tree/{path}");
        assert_eq!(site.get(&path).await.to_string(), "200 OK\npackage");
        let part = site.get_with(&path, &[("range", "bytes=1-2")]).await;
        assert_eq!(part.to_string(), "206 Partial Content\nac");
        let head = site.send(Method::HEAD, &path, &[], "").await;
        assert_eq!(head.header("content-length"), "7");
    }
    assert_eq!(site.bench.events.take(), [], "there would be thousands");
    for path in [
        "tree",
        "tree/",
        "tree/dists",
        "tree/dists/absent",
        "tree/../../../etc/passwd",
        "tree/%2e%2e/%2e%2e/sets/disc.toml",
        "tree/%2Fetc%2Fpasswd",
        "release/Release",
        "absent/x",
    ] {
        let answer = site.get(&format!("{base}/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_newer_set_does_not_alter_a_running_attempt() {
    let (site, base) = offered().await;
    let paths = [format!("{base}/release"), format!("{base}/tree/Release")];
    let tag = format!("\"{}\"", Digest::of("old"));
    for path in &paths {
        let answer = site.get(path).await;
        assert_eq!((answer.body.as_str(), answer.header("etag")), ("old", tag.as_str()));
    }
    take(&site.root(), "new");
    for path in &paths {
        assert_eq!(site.get(path).await.body, "old", "{path}");
    }
}

/// What a marked host is told by a server after something happened to its media.
async fn told(change: impl FnOnce(&Path)) -> StatusCode {
    let site = pinned().await;
    let (path, before) = (site.boot_path().await, site.bench.host(1).await);
    change(&site.root());
    let status = site.get(&path).await.status;
    assert_eq!(site.bench.host(1).await == before, status != StatusCode::OK);
    status
}

fn blob(root: &Path, content: &str) -> std::path::PathBuf {
    let name = Digest::of(content).to_string();
    root.join("blobs").join(&name[..2]).join(name)
}

#[tokio::test]
async fn a_server_that_lacks_the_very_content_does_not_offer() {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(told(|_| ()).await, StatusCode::OK);
    assert_eq!(told(|root| take(root, "new")).await, StatusCode::OK, "the old one is kept");
    assert_eq!(told(|root| fs::remove_file(blob(root, "old")).unwrap()).await, unavailable);
    assert_eq!(told(|root| fs::remove_file(blob(root, "package")).unwrap()).await, unavailable);
    let shorter = |root: &Path| fs::write(blob(root, "package"), "pack").unwrap();
    assert_eq!(told(shorter).await, unavailable);
    let another = |root: &Path| fs::write(root.join("plain/kernel"), "another").unwrap();
    assert_eq!(told(another).await, unavailable);
    let again = |root: &Path| {
        let kernel = fs::read(root.join("plain/kernel")).unwrap();
        fs::remove_file(root.join("plain/kernel")).unwrap();
        fs::write(root.join("plain/kernel"), kernel).unwrap();
    };
    assert_eq!(told(again).await, StatusCode::OK, "the same content, written again");
}

#[tokio::test]
async fn content_that_is_lost_meanwhile_is_for_another_server() {
    let (site, base) = offered().await;
    fs::remove_file(blob(&site.root(), "old")).unwrap();
    for path in ["release", "tree/Release"] {
        let answer = site.get(&format!("{base}/{path}")).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    fs::write(site.kernel(), "another").unwrap();
    let answer = site.get(&format!("{base}/loose")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}
