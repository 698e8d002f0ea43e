//! A claim that is refused after a SAN disk was attached.

use crate::support::{
    Result,
    follow::{
        HOST, asks, boots_its_disk, decides_for_its_disk, installed_machine, machines, row, site,
        started,
    },
    machine::Firmware,
};
use std::{fs, path::Path};

const PROFILE: &str = r#"
name = "san"
title = "Boots a disk of the network"
loader = '\EFI\tiny\tinyx64.efi'
script = "boot.ipxe.hbs"

[[media]]
name = "disk.img"
path = "tiny/disk.img"
"#;

const SCRIPT: &str = "#!ipxe
set orch-answer install
sanhook t/{{ticket}}/media/disk.img || exit 1
imgfetch --name claim --timeout 3000 t/{{ticket}}/claim || exit 1
sanboot ||
exit 1
";

fn write_profile(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir.join("san"))?;
    fs::write(dir.join("san/profile.toml"), PROFILE)?;
    Ok(fs::write(dir.join("san/boot.ipxe.hbs"), SCRIPT)?)
}

/// The machine boots its own disk, and never the one for which the claim was refused.
fn a_refused_claim_leads_to_the_local_disk(firmware: Firmware) -> Result<()> {
    let mut site = site(&row().replace(",install", ",local"))?;
    let profiles = site.dir().join("profiles");
    write_profile(&profiles)?;
    site.set("IPXE_ORCH_PROFILE_DIRS", &profiles);
    site.cli(&["profiles", "apply"])?;
    site.cli(&["hosts", "set", HOST, "--profile", "san"])?;
    site.cli(&["hosts", "mark", HOST])?;
    let proxy = started(&mut site)?;
    proxy.refuse("/claim");
    let image = site.image(HOST, proxy.port())?;
    let machine = installed_machine(firmware, &site)?.iso(&image);
    let mut vm = machine.start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let decision = decides_for_its_disk(&mut vm)?;
    println!("{firmware:?}: claim refused after sanhook: local boot decided after {decision}");
    assert_eq!(boots_its_disk(&mut vm, HOST)?, "before");

    let asked: Vec<String> =
        proxy.exchanges("/boot/v1/t/").into_iter().map(|one| one.target).collect();
    let claim = asked.iter().position(|target| target.ends_with("/claim"));
    let claim = claim.ok_or("the claim was not asked for")?;
    assert!(asked[..claim].iter().any(|target| target.ends_with("disk.img")), "{asked:?}");
    assert_eq!(asked[claim + 1..], [""; 0], "nothing is read after the refusal");
    vm.stop()
}

machines! {
    SeaBios refused_claim_bios => a_refused_claim_leads_to_the_local_disk;
    Ovmf refused_claim_uefi => a_refused_claim_leads_to_the_local_disk;
}
