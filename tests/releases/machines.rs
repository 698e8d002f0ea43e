//! Machines boot the script region of a release, in an image with the boot loaders that are
//! installed here.

use crate::{
    release::Release,
    support::{
        Result,
        disk::Disk,
        follow::{asks, installs_once, machines},
        machine::{Firmware, Machine},
        proxy::Proxy,
        server::{Site, firmware_dirs},
    },
};
use ipxe_orch_core::image::Layout;
use ipxe_orch_server::firmware::find;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn image(release: &Release, dir: &Path) -> Result<PathBuf> {
    let layout = Layout::new(&find(&firmware_dirs())?.firmware)?;
    let image = layout.plan(&release.region()?)?.image();
    let chunks: Vec<_> = image.chunks(0..image.len()).collect();
    let path = dir.join("released.iso");
    fs::write(&path, chunks.concat())?;
    Ok(path)
}

/// The image sends exactly the requests in the manifest, gets the promised answers, and installs.
fn a_released_image_installs(firmware: Firmware) -> Result<()> {
    for release in Release::all()? {
        let mut site = Site::new()?;
        release.enrol(&site)?;
        site.start()?;
        let (_, port) = release.text("server")?.rsplit_once(':').ok_or("a server without port")?;
        let proxy = Proxy::start_on(port.parse()?, site.address())?;

        let disk = Disk::blank(&site.dir().join("disk"), 64)?;
        let machine = Machine::new(firmware, release.text("mac")?)
            .identity(release.text("uuid")?, release.text("serial")?)
            .iso(&image(&release, site.dir())?)
            .disk(&disk);
        let mut vm = machine.start(&site.dir().join("vm"))?;
        asks(&mut vm)?;
        let took = installs_once(&mut vm, release.text("host")?, &proxy)?;
        println!(
            "{firmware:?}: release {}: installer runs {took:.1?} after link-up",
            release.text("release")?
        );

        let platform = match firmware {
            Firmware::SeaBios => "&f=pcbios&",
            Firmware::Ovmf => "&f=efi&",
        };
        for promised in release.exchanges()? {
            if promised.target.contains("&f=") && !promised.target.contains(platform) {
                continue;
            }
            let seen = proxy.exchanges("/boot/v1/");
            let seen = seen.iter().find(|one| one.target == promised.target);
            let seen = seen.ok_or_else(|| format!("not asked: {}", promised.target))?;
            promised.check(seen.status, &seen.body);
        }
        vm.stop()?;
    }
    Ok(())
}

machines! {
    SeaBios released_bios => a_released_image_installs;
    Ovmf released_uefi => a_released_image_installs;
}
