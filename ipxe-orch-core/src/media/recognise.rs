//! Finds out which system a disc installs, by files that every disc of this system has.

use super::{esxi, wim};
use crate::disc::{File, ReadAt, Tree};

/// The longest file that is read to find out, in bytes.
const LONGEST: u64 = 1 << 20;

/// A system that a disc installs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recognised {
    /// The system in one word: `debian`, `ubuntu`, `rocky`, `sles`, `windows`, `esxi` and so on.
    pub os: String,
    /// The release, such as `12.5.0`; empty if it cannot be read.
    pub version: String,
    /// The processor, as the system names it; empty if the disc does not say it. Of a disc for
    /// several, the one whose kernel is taken.
    pub architecture: String,
    /// The files that boot first: the name by which profiles ask for each, and its path on the
    /// disc.
    pub boot: Vec<(&'static str, String)>,
    /// Whether the installer fetches its other files one by one.
    pub needs_tree: bool,
    /// Whether the installer fetches the whole disc.
    pub needs_disc: bool,
    /// Files that are made from files of the disc for a network install: name and text.
    pub made: Vec<(&'static str, String)>,
    /// What a network install needs and the disc does not have, with the remedy.
    pub lacks: Option<&'static str>,
    /// The other processors that the disc is for.
    pub other_architectures: Vec<String>,
}

/// A disc and the image that its files are read from.
struct Disc<'a> {
    tree: &'a Tree<File>,
    image: &'a dyn ReadAt,
}

/// Finds out what a disc installs; `None` if it is no known system. The more specific marks are
/// tried first, because some discs of SUSE also have those of Red Hat.
pub fn recognise(tree: &Tree<File>, image: &dyn ReadAt) -> Option<Recognised> {
    let disc = Disc { tree, image };
    [suse, debian, red_hat, windows, vmware].iter().find_map(|known| known(&disc))
}

impl Disc<'_> {
    fn text(&self, path: &str) -> Option<String> {
        let bytes = self.tree.lookup(path)?.read(self.image, LONGEST).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Those of the wanted files that the disc has.
    fn present(&self, wanted: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let found = |path: &str| self.tree.lookup(path).is_some();
        let there = wanted.iter().filter(|(_, path)| found(path));
        there.map(|(name, path)| (*name, (*path).to_owned())).collect()
    }
}

/// Debian and Ubuntu: `.disk/info` contains `Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64
/// NETINST ...` or `Ubuntu-Server 24.04.1 LTS "Noble Numbat" - Release amd64 (20240827)`.
fn debian(disc: &Disc<'_>) -> Option<Recognised> {
    let info = disc.text(".disk/info")?;
    let (title, rest) = info.split_once('"').unwrap_or((&info, ""));
    let version = title.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut architectures = debian_architectures(rest).into_iter();
    let architecture = architectures.next().unwrap_or_default();
    let found = Recognised {
        version: version.to_owned(),
        architecture: architecture.to_owned(),
        other_architectures: architectures.map(ToOwned::to_owned).collect(),
        ..Recognised::default()
    };
    if title.starts_with("Ubuntu") {
        let kernels = ["casper/vmlinuz", "casper/hwe-vmlinuz"];
        let kernel = kernels.iter().find(|path| disc.tree.lookup(path).is_some());
        let boot = [("kernel", *kernel?), ("initrd", "casper/initrd")];
        let (os, boot) = ("ubuntu".to_owned(), disc.present(&boot));
        return Some(Recognised { os, boot, needs_disc: true, ..found });
    }
    let folder = match architecture {
        "amd64" => "install.amd",
        "arm64" => "install.a64",
        "i386" => "install.386",
        _ => "install",
    };
    let (kernel, initrd) = (format!("{folder}/vmlinuz"), format!("{folder}/initrd.gz"));
    Some(Recognised {
        os: "debian".to_owned(),
        boot: disc.present(&[("kernel", &kernel), ("initrd", &initrd)]),
        needs_tree: true,
        lacks: Some(
            "the initrd on Debian's discs looks for packages on a disc: add `linux` and \
             `initrd.gz` of the netboot files of the same release to the media",
        ),
        ..found
    })
}

/// The processors in the second half of `.disk/info`. A disc for several has them in one word, such
/// as `amd64/i386`.
fn debian_architectures(rest: &str) -> Vec<&str> {
    let known = ["amd64", "arm64", "i386", "ppc64el", "s390x", "riscv64"];
    rest.split([' ', '/']).filter(|word| known.contains(word)).collect()
}

/// Red Hat and its relatives: the section `general` of `.treeinfo` has family, version and
/// architecture.
fn red_hat(disc: &Disc<'_>) -> Option<Recognised> {
    let info = disc.text(".treeinfo")?;
    let general = |key| value(&info, "general", key);
    let (family, version) = (general("family")?, general("version")?);
    let architecture = general("arch").unwrap_or_default();
    let images = format!("images-{architecture}");
    let path = |key, usual: &str| value(&info, &images, key).unwrap_or_else(|| usual.to_owned());
    let kernel = path("kernel", "images/pxeboot/vmlinuz");
    let initrd = path("initrd", "images/pxeboot/initrd.img");
    let os = match family.as_str() {
        "Red Hat Enterprise Linux" => "rhel".to_owned(),
        "Rocky Linux" => "rocky".to_owned(),
        other => word(other),
    };
    let boot = disc.present(&[("kernel", &kernel), ("initrd", &initrd)]);
    Some(Recognised { os, version, architecture, boot, needs_tree: true, ..Recognised::default() })
}

/// SUSE: `media.1/products` contains `/ SLES15-SP5 15.5-0` or `/ openSUSE-Leap 15.6-1`.
fn suse(disc: &Disc<'_>) -> Option<Recognised> {
    let products = disc.text("media.1/products")?;
    let mut words = products.lines().next()?.split_whitespace().skip(1);
    let (product, version) = (words.next()?, words.next()?);
    let os = match product {
        sles if sles.starts_with("SLE") => "sles",
        _ => "opensuse",
    };
    let architectures = ["x86_64", "aarch64", "ppc64le", "s390x"];
    let (loader, architecture) = architectures.iter().find_map(|name| {
        let loader = match *name {
            "x86_64" => format!("boot/{name}/loader"),
            _ => format!("boot/{name}"),
        };
        disc.tree.lookup(&format!("{loader}/linux")).map(|_| (loader, *name))
    })?;
    let (kernel, initrd) = (format!("{loader}/linux"), format!("{loader}/initrd"));
    Some(Recognised {
        os: os.to_owned(),
        version: version.split('-').next().unwrap_or(version).to_owned(),
        architecture: architecture.to_owned(),
        boot: disc.present(&[("kernel", &kernel), ("initrd", &initrd)]),
        needs_tree: true,
        ..Recognised::default()
    })
}

/// Windows: `sources/boot.wim` and an image to install, which contains the release.
fn windows(disc: &Disc<'_>) -> Option<Recognised> {
    let (boot_wim, _) = disc.tree.find("sources/boot.wim")?;
    let images = ["sources/install.wim", "sources/install.esd", "sources/install.swm"];
    let (_, image) = images.iter().find_map(|path| disc.tree.find(path))?;
    let version = wim::version(image, disc.image).unwrap_or_default();
    let version = version.strip_prefix("Windows ").map(ToOwned::to_owned).unwrap_or(version);
    let mut boot = vec![("boot.wim", boot_wim.to_owned())];
    for (name, path) in [("bcd", "boot/bcd"), ("boot.sdi", "boot/boot.sdi")] {
        boot.extend(disc.tree.find(path).map(|(path, _)| (name, path.to_owned())));
    }
    Some(Recognised {
        os: "windows".to_owned(),
        version,
        architecture: String::new(),
        boot,
        needs_tree: true,
        needs_disc: false,
        made: Vec::new(),
        lacks: Some("it is booted by `wimboot`, which is not on the disc: add it to the media"),
        other_architectures: Vec::new(),
    })
}

/// ESXi: `boot.cfg` contains `title=Loading ESXi installer` and `build=8.0.2-0.0.22380479`.
fn vmware(disc: &Disc<'_>) -> Option<Recognised> {
    let config = disc.text("boot.cfg")?;
    let key = |key: &str| {
        let line = config.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(|value| value.trim().to_owned())
    };
    key("title").filter(|title| title.contains("ESXi"))?;
    let boot = disc.present(&[("mboot.efi", "efi/boot/bootx64.efi"), ("boot.cfg", "boot.cfg")]);
    Some(Recognised {
        os: "esxi".to_owned(),
        version: key("build")?,
        architecture: "x86_64".to_owned(),
        boot,
        made: vec![("netboot.cfg", esxi::netboot(&config))],
        needs_tree: true,
        ..Recognised::default()
    })
}

/// The value of a key in a section of a file in the style of `.ini` files.
fn value(text: &str, section: &str, key: &str) -> Option<String> {
    let header = format!("[{section}]");
    let lines = text.lines().skip_while(|line| line.trim() != header).skip(1);
    let mut lines = lines.take_while(|line| !line.starts_with('['));
    lines.find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}

/// The text as a word of lower-case letters and digits; other characters become `-`.
fn word(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}
