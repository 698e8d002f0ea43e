//! Makes discs with other people's programs.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A folder from which discs are made.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// A folder with files like those of an installation disc: deep paths, long names, links, a
    /// file of several sectors and an empty one.
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, content) in files() {
            let path = folder.content().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    pub(crate) fn content(&self) -> PathBuf {
        self.0.path().join("content")
    }

    /// Adds links as Debian's discs have them. One of them is a loop, and one points out of the
    /// disc.
    pub(crate) fn with_links(self) -> Self {
        for (target, path) in LINKS {
            symlink(target, self.content().join(path)).unwrap();
        }
        self
    }

    /// The disc that a program makes from the folder.
    pub(crate) fn disc(&self, program: &str, package: &str, arguments: &[&str]) -> Vec<u8> {
        let out = self.0.path().join("disc.iso");
        let content = self.content();
        let (out_text, content) = (out.to_str().unwrap(), content.to_str().unwrap());
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|word| match *word {
                "OUT" => out_text,
                "CONTENT" => content,
                word => word,
            })
            .collect();
        run(program, package, &arguments);
        let bytes = fs::read(&out).unwrap();
        fs::remove_file(out).unwrap();
        bytes
    }

    pub(crate) fn genisoimage(&self, options: &[&str]) -> Vec<u8> {
        let fixed = ["-quiet", "-V", "A_LABEL", "-o", "OUT"];
        self.disc("genisoimage", "genisoimage", &[&fixed, options, &["CONTENT"]].concat())
    }

    pub(crate) fn xorriso(&self, options: &[&str]) -> Vec<u8> {
        let fixed = ["-as", "mkisofs", "-quiet", "-V", "A_LABEL", "-o", "OUT"];
        self.disc("xorriso", "xorriso", &[&fixed, options, &["CONTENT"]].concat())
    }
}

pub(crate) const LINKS: [(&str, &str); 5] = [
    ("bookworm", "dists/stable"),
    (".", "debian"),
    ("../a folder/Another file, with a long name.txt", "dists/far"),
    ("../../etc/passwd", "dists/out"),
    ("/etc/passwd", "absolute"),
];

/// The files of a [`Folder`].
pub(crate) fn files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::from([
        (".disk/info".to_owned(), b"Debian GNU/Linux 12.0.0 \"Bookworm\"".to_vec()),
        ("empty".to_owned(), Vec::new()),
        ("a folder/Another file, with a long name.txt".to_owned(), vec![7; 3000]),
        ("dists/bookworm/Release".to_owned(), vec![1; 2048]),
        ("dists/bookworm/main/b/c/d/e/f/g/h/deep".to_owned(), b"deep".to_vec()),
        (format!("{}.deb", "long".repeat(40)), b"long".to_vec()),
        ("large".to_owned(), (0..100_000_u32).flat_map(u32::to_le_bytes).collect()),
    ]);
    // More entries than fit into one sector of a directory.
    files.extend((0..200).map(|n| (format!("pool/package_{n:03}.deb"), vec![1; 10])));
    files
}

/// Runs a program that must succeed.
pub(crate) fn run(program: &str, package: &str, arguments: &[&str]) {
    let output = match Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("{program} is missing: apt install {package}")
        }
        result => result.unwrap(),
    };
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
}

/// An empty volume made by mkudffs.
pub(crate) fn mkudffs(medium: &str, revision: &str, block: u32) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("volume");
    fs::File::create(&path).unwrap().set_len(8 << 20).unwrap();
    let medium = format!("--media-type={medium}");
    let (revision, block) = (format!("--udfrev={revision}"), format!("--blocksize={block}"));
    let out = path.to_str().unwrap();
    let program =
        ["/usr/sbin/mkudffs", "mkudffs"].into_iter().find(|path| Path::new(path).exists());
    let program = program.unwrap_or("mkudffs");
    run(program, "udftools", &[&medium, &revision, &block, "--label=A label", out]);
    fs::read(path).unwrap()
}

/// Small discs of all formats.
pub(crate) fn small_discs() -> Vec<Vec<u8>> {
    let folder = Folder::new().with_links();
    for path in files().keys().filter(|path| path.starts_with("pool/") || *path == "large") {
        fs::remove_file(folder.content().join(path)).unwrap();
    }
    fs::write(folder.content().join("boot.img"), vec![1; 2048]).unwrap();
    let boots = ["-b", "boot.img", "-no-emul-boot"];
    let udf = folder.genisoimage(&["-udf", "-J", "-joliet-long"]);
    vec![
        folder.xorriso(&[&["-R", "-J"][..], &boots].concat()),
        folder.genisoimage(&["-R"]),
        folder.genisoimage(&["-iso-level", "1"]),
        udf,
        mkudffs("hd", "2.01", 512),
    ]
}

/// A FAT12, FAT16 or FAT32 volume with three files. Two of them contain `content`.
pub(crate) fn fat(bits: &str, mib: u64, content: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (volume, file) = (folder.path().join("volume"), folder.path().join("file"));
    fs::File::create(&volume).unwrap().set_len(mib << 20).unwrap();
    let (volume_text, file_text) = (volume.to_str().unwrap(), file.to_str().unwrap());
    run("/usr/sbin/mkfs.fat", "dosfstools", &["-F", bits, "-s", "1", volume_text]);
    fs::write(&file, content).unwrap();
    run("mmd", "mtools", &["-i", volume_text, "::/EFI", "::/EFI/BOOT"]);
    for name in ["::/EFI/BOOT/BOOTX64.EFI", "::/A long name of a file.txt", "::/EMPTY"] {
        run("mcopy", "mtools", &["-i", volume_text, file_text, name]);
    }
    fs::read(&volume).unwrap()
}

/// The places of a disc's structures. Damage in any other place would only change files.
pub(crate) fn structured(image: &[u8]) -> Vec<usize> {
    let sectors = image.chunks_exact(512).enumerate();
    sectors.filter(|(_, bytes)| bytes.iter().any(|byte| *byte != 0)).map(|(at, _)| at).collect()
}

/// The checksum of the UDF tag at the start of a sector. With it, damaged structures pass the check
/// of the tag.
pub(crate) fn tag_sum(sector: &[u8]) -> Option<u8> {
    let (low, high) = (sector.first()?, sector.get(1)?);
    let known = matches!(u16::from_le_bytes([*low, *high]), 1..=9 | 256..=266);
    let counted = || sector.iter().take(16).enumerate().filter(|(at, _)| *at != 4);
    (known && sector.get(5) == Some(&0))
        .then(|| counted().fold(0_u8, |sum, (_, byte)| sum.wrapping_add(*byte)))
}
