//! Boot images for the hosts of a CSV file, with `ipxe-orch-core` alone.
//!
//! ```sh
//! cargo run --example isos_from_csv [FLEET.csv] [OUT]
//! ```
//! It writes an ISO for each host, the key file, and `enrolment.csv`, from which a server learns
//! the ids of the hosts later. Each run makes a new key and new ids.
//!
//! It takes the boot loaders of Debian. If one is not installed, a stand-in takes its place, and the
//! images do not boot.

use bytes::Bytes;
use ipxe_orch_core::{
    boot::{ImageIdentity, ImageScript, image_script},
    fleet,
    ids::HostId,
    image::{Bootloaders, Layout, Medium},
    keys::{KeyRing, Purpose},
    time::{Random, Timestamp},
};
use std::{error::Error, fs, fs::File, io::Read as _, path::PathBuf};

/// The system's randomness: core has none of its own.
struct Urandom;

impl Random for Urandom {
    #[expect(clippy::panic, reason = "a key of zeros would be no key")]
    fn fill(&self, bytes: &mut [u8]) {
        let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes));
        read.unwrap_or_else(|error| panic!("/dev/urandom: {error}"));
    }
}

/// The file, or a stand-in of that length.
fn loader(path: &str, len: usize) -> Bytes {
    fs::read(path).map_or_else(
        |_| {
            eprintln!("{path} is not installed: a stand-in takes its place");
            Bytes::from(vec![0x90; len])
        },
        Bytes::from,
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/examples/fleet.csv").into();
    let csv = args.next().unwrap_or_else(default);
    let temporary = tempfile::tempdir()?;
    let out = args.next().unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&out)?;

    let layout = Layout::new(&Bootloaders::new(
        loader("/usr/lib/ISOLINUX/isolinux.bin", 38_912),
        loader("/usr/lib/syslinux/modules/bios/ldlinux.c32", 119_524),
        loader("/usr/lib/ipxe/ipxe.lkrn", 351_727),
        loader("/usr/lib/ipxe/ipxe.efi", 996_864),
    ))?;
    // Real programs give the time of their clock here.
    let now = Timestamp::from_millis(0);
    let ring = KeyRing::generate_image_key(now, &Urandom);
    let key = ring.lookup_active(Purpose::Image).ok_or("the ring has no image key")?;
    let servers = ["http://10.0.2.2:8080".parse()?];

    let mut fleet = fleet::read(&fs::read(csv)?);
    fleet.problems.iter().for_each(|problem| eprintln!("{problem}"));
    for host in &mut fleet.hosts {
        let id = HostId::generate(now, &Urandom);
        let generation = host.generation.unwrap_or_default();
        (host.id, host.generation, host.key_id) = (Some(id), Some(generation), Some(key.id));
        let (identity, medium) = (&ImageIdentity::derive(key, id, generation), Medium::Cd);
        let (host, servers) = (&host.spec, &servers[..]);
        let script = image_script(&ImageScript { identity, host, servers, loaders: &[], medium })?;
        let image = layout.plan(&script.text)?.image();
        image.write_to(&mut File::create(out.join(format!("{}.iso", host.name)))?)?;
        println!("{}.iso: {} bytes", host.name, image.len());
    }
    fs::write(out.join("images.key"), ring.to_toml())?;
    fs::write(out.join("enrolment.csv"), fleet::write_enrolment(&fleet.hosts))?;
    Ok(())
}
