//! The requests of an image of a release, without a machine.

use crate::{
    release::Release,
    support::{Result, server::Site},
};
use std::{fs, net::Ipv4Addr};
use tempfile::TempDir;

/// Media of which only the names matter, because nothing is installed here.
fn media() -> Result<TempDir> {
    let media = tempfile::tempdir()?;
    fs::create_dir(media.path().join("tiny"))?;
    for name in ["vmlinuz", "initrd.img", "disk.img"] {
        fs::write(media.path().join("tiny").join(name), name)?;
    }
    Ok(media)
}

#[test]
fn every_release_is_answered_as_promised() -> Result<()> {
    let media = media()?;
    for release in Release::all()? {
        let mut site = Site::with_media(Ipv4Addr::LOCALHOST.into(), media.path().to_owned())?;
        release.enrol(&site)?;
        site.start()?;
        for exchange in release.exchanges()? {
            let (status, body) = site.get(&exchange.target)?;
            exchange.check(status, &body);
        }
    }
    Ok(())
}

/// The requests in the manifest are those of the script in the region.
#[test]
fn the_requests_are_those_of_the_region() -> Result<()> {
    for release in Release::all()? {
        let region = release.region()?;
        let query = region.lines().find_map(|line| line.strip_prefix("set orch-query "));
        let constant = query.and_then(|query| query.split("&u=").next()).ok_or("no query")?;
        let requests = release.exchanges()?;
        let scripts: Vec<_> =
            requests.iter().filter(|one| one.target.contains("/script?")).collect();
        assert_eq!(scripts.len(), 2, "for BIOS and UEFI");
        for script in scripts {
            assert!(script.target.starts_with(&format!("/boot/v1/script?{constant}&u=")));
        }
    }
    Ok(())
}
