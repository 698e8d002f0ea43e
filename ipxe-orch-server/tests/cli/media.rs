//! Installation media: imported, pinned, verified, removed.

use crate::operator::{Operator, read};
use serde_json::{Value, json};
use std::{fs, process::Command};

type Files<'a> = &'a [(&'a str, &'a [u8])];

/// A disc of these files, by genisoimage.
fn disc(operator: &Operator, name: &str, files: Files<'_>, options: &[&str]) {
    let folder = format!("{name}.d");
    for (path, content) in files {
        operator.file(&format!("{folder}/{path}"), content);
    }
    let output = Command::new("genisoimage")
        .args(["-quiet", "-V", "A_DISC", "-o", &format!("{name}.iso")])
        .args(options)
        .arg(&folder)
        .current_dir(operator.path(""))
        .output()
        .unwrap_or_else(|error| panic!("genisoimage: {error}: apt install genisoimage"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const INFO: &[u8] = b"Debian GNU/Linux 12.5.0 \"Bookworm\" - Official amd64 NETINST 20240210-11:27";

/// What `md5sum` says of a content.
fn md5(operator: &Operator, content: &[u8]) -> String {
    let file = operator.file("to-sum", content);
    let output = Command::new("md5sum").arg(file).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

fn debian(operator: &Operator, kernel: &[u8]) {
    let sums = format!("{}  ./install.amd/vmlinuz\n", md5(operator, kernel));
    let files: Files<'_> = &[
        (".disk/info", INFO),
        ("install.amd/vmlinuz", kernel),
        ("install.amd/initrd.gz", b"initrd"),
        ("pool/main/a package.deb", b"package"),
        ("dists/bookworm/Release", b"Release"),
        ("md5sum.txt", sums.as_bytes()),
    ];
    let links = operator.path("debian.d/dists");
    fs::create_dir_all(&links).unwrap();
    fs::remove_file(links.join("stable")).ok();
    std::os::unix::fs::symlink("bookworm", links.join("stable")).unwrap();
    disc(operator, "debian", files, &["-R"]);
}

fn wim() -> Vec<u8> {
    let xml = "\u{feff}<WIM><IMAGE INDEX=\"1\"><WINDOWS><VERSION><MAJOR>10</MAJOR>\
        <BUILD>20348</BUILD></VERSION></WINDOWS><NAME>Windows Server 2022 SERVERSTANDARDCORE\
        </NAME></IMAGE></WIM>";
    let xml: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut wim = b"MSWIM\0\0\0".to_vec();
    wim.resize(208, 0);
    wim[0x48..0x50].copy_from_slice(&u64::try_from(xml.len()).unwrap().to_le_bytes());
    wim[0x50..0x58].copy_from_slice(&5000_u64.to_le_bytes());
    wim.resize(5000, 1);
    [wim, xml].concat()
}

#[test]
fn a_disc_becomes_a_set_with_its_tree() {
    let operator = Operator::new();
    debian(&operator, b"kernel");
    let result = operator.json(&["media", "import", "debian.iso"]);
    assert_eq!(result["set"]["name"], json!("debian-12.5.0-amd64"));
    assert_eq!(result["set"]["label"], json!("A_DISC"));
    assert_eq!(
        (&result["changed"], &result["verified"]),
        (&json!(true), &json!({"md5sum.txt": 1}))
    );
    assert!(result["lacks"].as_str().unwrap().contains("netboot"), "{result}");
    let set = operator.json(&["media", "show", "debian-12.5.0-amd64"]);
    assert_eq!(set["links"], json!({"dists/stable": "bookworm"}));
    assert_eq!(set["files"]["kernel"], set["files"]["install.amd/vmlinuz"]);
    let digest = set["files"]["pool/main/a package.deb"]["sha256"].as_str().unwrap();
    let blob = operator.path(&format!("data/media/blobs/{}/{digest}", &digest[..2]));
    assert_eq!(read(blob), "package");
    assert_eq!(operator.names("data/media"), [".lock", "blobs", "sets"]);
    operator.file("data/media/blobs/.new-abc", b"cut short");
    operator.json(&["media", "import", "debian.iso"]);
    assert!(operator.names("data/media/blobs").iter().all(|name| name.len() == 2));
}

#[test]
fn the_same_disc_again_is_nothing_to_do_and_a_newer_one_takes_its_place() {
    let operator = Operator::new();
    debian(&operator, b"kernel");
    let import = ["media", "import", "debian.iso", "--name", "debian-12"];
    assert_eq!(operator.json(&import)["changed"], json!(true));
    let before = operator.json(&["media", "show", "debian-12"]);
    assert_eq!(operator.json(&import)["changed"], json!(false));
    debian(&operator, b"another");
    assert_eq!(operator.json(&import)["changed"], json!(true));
    let after = operator.json(&["media", "show", "debian-12"]);
    assert_ne!(before["files"]["kernel"], after["files"]["kernel"]);
    assert_eq!(before["files"]["initrd"], after["files"]["initrd"]);
}

#[test]
fn what_is_taken_can_be_said() {
    let operator = Operator::new();
    debian(&operator, b"kernel");
    operator.ok(&["media", "import", "debian.iso", "--name", "small", "--kernel-only"]);
    let small = operator.json(&["media", "show", "small"]);
    assert_eq!(
        small["files"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["initrd", "kernel"]
    );
    // More of the same disc is something to do.
    let more = operator.json(&["media", "import", "debian.iso", "--name", "small"]);
    assert_eq!((&more["changed"], &more["set"]["files"]), (&json!(true), &json!(8)));
    disc(&operator, "other", &[("a", b"b")], &["-R"]);
    let unknown = operator.fails(&["media", "import", "other.iso"]);
    assert!(unknown.contains("use `--tree --name NAME` to import all its files"), "{unknown}");
    operator.ok(&["media", "import", "other.iso", "--tree", "--name", "other"]);
}

/// Each with the files by which it is known, as its makers write them.
#[test]
fn every_system_is_recognised() {
    let operator = Operator::new();
    let image = wim();
    let systems: &[(&str, Files<'_>)] = &[
        ("ubuntu 24.04.1 amd64", &[
            (".disk/info", b"Ubuntu-Server 24.04.1 LTS \"Noble Numbat\" - Release amd64 (20240827)"),
            ("casper/vmlinuz", b"k"), ("casper/initrd", b"i"),
        ]),
        ("rocky 9.4 x86_64", &[
            (".treeinfo", b"[general]\nfamily = Rocky Linux\nversion = 9.4\narch = x86_64\n\
                [images-x86_64]\nkernel = images/pxeboot/vmlinuz\ninitrd = images/pxeboot/initrd.img\n"),
            ("images/pxeboot/vmlinuz", b"k"), ("images/pxeboot/initrd.img", b"i"),
        ]),
        ("almalinux 10.0 x86_64", &[
            (".treeinfo", b"[general]\narch = x86_64\nfamily = AlmaLinux\nversion = 10.0\n"),
            ("images/pxeboot/vmlinuz", b"k"), ("images/pxeboot/initrd.img", b"i"),
        ]),
        ("sles 15.5 x86_64", &[
            ("media.1/products", b"/ SLES15-SP5 15.5-0\n"), (".treeinfo", b"[general]\nfamily = x\n"),
            ("boot/x86_64/loader/linux", b"k"), ("boot/x86_64/loader/initrd", b"i"),
        ]),
        ("opensuse 15.6 x86_64", &[
            ("media.1/products", b"/ openSUSE-Leap 15.6-1\n"),
            ("boot/x86_64/loader/linux", b"k"), ("boot/x86_64/loader/initrd", b"i"),
        ]),
        ("esxi 8.0.2-0.0.22380479 x86_64", &[
            ("boot.cfg", b"bootstate=0\ntitle=Loading ESXi installer\nbuild=8.0.2-0.0.22380479\n"),
            ("efi/boot/bootx64.efi", b"MZ"),
        ]),
        ("windows Server 2022 (20348) -", &[
            ("sources/boot.wim", b"w"), ("sources/install.wim", &image), ("boot/bcd", b"b"),
            ("boot/boot.sdi", b"s"),
        ]),
    ];
    for (number, (expected, files)) in systems.iter().enumerate() {
        let name = format!("disc{number}");
        // Windows' discs are UDF, the others have Rock Ridge.
        let options: &[&str] =
            if expected.starts_with("windows") { &["-udf", "-J"] } else { &["-R"] };
        disc(&operator, &name, files, options);
        let set = &operator.json(&["media", "import", &format!("{name}.iso")])["set"];
        let text = |key: &str| set[key].as_str().unwrap_or("-").to_owned();
        assert_eq!(
            format!("{} {} {}", text("os"), text("version"), text("architecture")),
            *expected
        );
        let files = operator.json(&["media", "show", &text("name")])["files"].clone();
        let first = match text("os").as_str() {
            "windows" => "boot.wim",
            "esxi" => "mboot.efi",
            _ => "kernel",
        };
        assert!(files[first].is_object(), "{expected}: {files}");
        assert_eq!(files["netboot.cfg"].is_object(), text("os") == "esxi", "{expected}: {files}");
        assert_eq!(files["disc.iso"].is_object(), text("os") == "ubuntu", "{expected}");
    }
    insta::assert_snapshot!(operator.ok(&["media", "list"]));
}

#[test]
fn a_disc_for_several_processors_says_which_one_it_boots() {
    let operator = Operator::new();
    let info = b"Debian GNU/Linux 11.11.0 \"Bullseye\" - Official Multi-architecture amd64/i386 \
        NETINST 20240831-11:10";
    let files: Files<'_> = &[
        (".disk/info", info),
        ("install.amd/vmlinuz", b"64"),
        ("install.amd/initrd.gz", b"initrd"),
        ("install.386/vmlinuz", b"32"),
    ];
    disc(&operator, "multi", files, &["-R"]);
    let imported = operator.json(&["media", "import", "multi.iso"]);
    assert_eq!(imported["set"]["name"], json!("debian-11.11.0-amd64"));
    let told = "the disc is for amd64 and i386: the set boots on amd64";
    assert_eq!(imported["notes"], json!([told]));
    let set = operator.json(&["media", "show", "debian-11.11.0-amd64"]);
    assert_eq!(set["files"]["kernel"], set["files"]["install.amd/vmlinuz"]);
    assert!(operator.run(&["media", "import", "multi.iso"]).stderr.contains(told), "again");
    let info = b"Debian GNU/Linux 11.11.0 \"Bullseye\" - Official i386 NETINST 20240831-11:10";
    disc(&operator, "old", &[(".disk/info", info), ("install.386/vmlinuz", b"32")], &["-R"]);
    assert_eq!(operator.json(&["media", "import", "old.iso"])["notes"], json!([]));
}

#[test]
fn a_known_disc_without_anything_that_boots_is_told() {
    let operator = Operator::new();
    disc(&operator, "source", &[(".disk/info", INFO), ("pool/a.dsc", b"a")], &["-R"]);
    let imported = operator.json(&["media", "import", "source.iso"]);
    assert!(imported["notes"][0].as_str().unwrap().contains("nothing on the disc boots"));
}

/// The release is in `install.wim`. Discs with another file are called `windows` alone.
#[test]
fn a_disc_never_takes_the_place_of_another_one_in_silence() {
    let operator = Operator::new();
    for (name, content) in [("first", &b"1"[..]), ("second", b"2")] {
        let files = [("sources/boot.wim", content), ("sources/install.swm", b"unknown")];
        disc(&operator, name, &files, &["-udf", "-J"]);
    }
    let set = &operator.json(&["media", "import", "first.iso"])["set"];
    assert_eq!((&set["name"], &set["version"]), (&json!("windows"), &Value::Null));
    let before = operator.json(&["media", "show", "windows"]);
    insta::assert_snapshot!(operator.fails(&["media", "import", "second.iso"]));
    assert_eq!(operator.json(&["media", "show", "windows"]), before, "nothing was changed");
    operator.ok(&["media", "import", "first.iso"]);
    operator.ok(&["media", "import", "second.iso", "--name", "windows-2025"]);
    // A name that somebody gave is taken, and the change is told.
    let notes = operator.json(&["media", "import", "first.iso", "--name", "windows-2025"]);
    let told = notes["notes"][0].as_str().unwrap();
    assert!(
        told.starts_with("it replaces the set of another disc (second.iso, SHA-256 "),
        "{told}"
    );
}

#[test]
fn a_damaged_disc_is_refused_and_changes_nothing() {
    let operator = Operator::new();
    debian(&operator, b"kernel");
    let mut image = fs::read(operator.path("debian.iso")).unwrap();
    let at = image.windows(6).position(|window| window == b"kernel").unwrap();
    image[at] = b'K';
    operator.file("damaged.iso", &image);
    operator.file("short.iso", &image[..at]);
    operator.file("text.iso", b"hello");
    let errors: Vec<_> = ["damaged.iso", "short.iso", "text.iso", "absent.iso"]
        .iter()
        .map(|iso| operator.fails(&["media", "import", iso]))
        .collect();
    insta::assert_snapshot!(errors.join("---\n").replace(|c: char| c.is_ascii_digit(), "#"));
    assert_eq!(operator.names("data/media/sets"), [""; 0]);
}

#[test]
fn damage_in_the_folder_is_found() {
    let operator = Operator::new();
    operator.file("linux", b"kernel");
    operator.file("initrd.gz", b"initrd");
    operator.ok(&["media", "add", "linux", "initrd.gz", "--name", "netboot"]);
    operator.ok(&["media", "verify"]);
    let set = operator.json(&["media", "show", "netboot"]);
    let blob = |file: &str| {
        let digest = set["files"][file]["sha256"].as_str().unwrap();
        operator.path(&format!("data/media/blobs/{}/{digest}", &digest[..2]))
    };
    fs::write(blob("linux"), "Kernel").unwrap();
    fs::remove_file(blob("initrd.gz")).unwrap();
    let ran = operator.run(&["media", "verify", "netboot", "--json"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stderr,
        "netboot/initrd.gz: it is missing\nnetboot/linux: its content has changed\n"
    );
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(shown, json!([{"name": "netboot", "files": 2, "damaged": 2}]));
}

const PROFILE: &str = "name = 'p'\ntitle = 'P'\nscript = 'boot'\n\
    [[media]]\nname = 'kernel'\npath = 'debian-12/kernel'\n\
    [[media]]\nname = 'loose'\npath = 'x/loose'\n\
    [[media]]\nname = 'tree'\ntree = 'debian-12'\n";

fn version(operator: &Operator) -> Value {
    let profiles = operator.json(&["profiles", "list"]);
    let all = profiles.as_array().unwrap().iter();
    all.clone().find(|one| one["profile"]["name"] == json!("p")).unwrap().clone()
}

/// Contents are pinned as they come, a newer one makes a new version, and what is not here (any
/// more) is kept: another server may have it.
#[test]
fn versions_of_profiles_pin_what_they_take() {
    let operator = Operator::new();
    operator.file("config/profiles/p/profile.toml", PROFILE.as_bytes());
    operator.file("config/profiles/p/boot", b"#!ipxe\n");
    operator.ok(&["profiles", "apply"]);
    let bare = version(&operator);
    assert_eq!(bare["media"], json!({}));
    debian(&operator, b"kernel");
    operator.ok(&["media", "import", "debian.iso", "--name", "debian-12"]);
    operator.file("data/media/x/loose", b"loose");
    operator.ok(&["profiles", "apply"]);
    let pinned = version(&operator);
    let sha256 = |text: &str| ipxe_orch_core::digest::Digest::of(text).to_string();
    assert_eq!(pinned["media"]["kernel"], json!(sha256("kernel")));
    assert_eq!(pinned["media"]["loose"], json!(sha256("loose")));
    assert_eq!(
        pinned["media"]["tree"],
        json!(sha256(&read(operator.path("data/media/sets/debian-12.toml"))))
    );
    assert_ne!(bare["version"], pinned["version"]);
    fs::remove_file(operator.path("data/media/x/loose")).unwrap();
    let gone = version(&operator);
    assert_eq!((&gone["version"], &gone["media"]), (&pinned["version"], &pinned["media"]));
    assert_eq!(gone["missing_media"], json!(["x/loose"]));
    let refused = operator.fails(&["media", "remove", "debian-12"]);
    let why = "error: the media set `debian-12` is needed by profile p: nothing was changed\n";
    assert_eq!(refused, why);
    debian(&operator, b"newer");
    operator.ok(&["media", "import", "debian.iso", "--name", "debian-12"]);
    let newer = version(&operator);
    assert_eq!(newer["media"]["kernel"], json!(sha256("newer")));
    assert_eq!(newer["media"]["loose"], pinned["media"]["loose"]);
}

#[test]
fn what_nobody_needs_goes_with_its_set() {
    let operator = Operator::new();
    for (name, content) in [("one", "1"), ("two", "22"), ("shared", "333")] {
        operator.file(name, content.as_bytes());
    }
    operator.ok(&["media", "add", "one", "shared", "--name", "a"]);
    operator.ok(&["media", "add", "two", "shared", "--name", "b"]);
    let removed = operator.json(&["media", "remove", "a"]);
    // `one`, and the text of the set.
    assert_eq!((&removed["name"], &removed["blobs"]), (&json!("a"), &json!(2)));
    operator.ok(&["media", "verify", "b"]);
    assert!(operator.fails(&["media", "show", "a"]).contains("there is no media set `a`"));
    operator.ok(&["media", "remove", "b"]);
    let left: Vec<_> = operator
        .names("data/media/blobs")
        .into_iter()
        .flat_map(|folder| operator.names(&format!("data/media/blobs/{folder}")))
        .collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn what_is_done_to_media_and_firmware_is_audited() {
    let operator = Operator::new();
    operator.file("linux", b"kernel");
    operator.ok(&["media", "add", "linux", "--name", "netboot"]);
    operator.ok(&["media", "list"]);
    operator.ok(&["media", "remove", "netboot"]);
    operator.fails(&["media", "remove", "netboot"]);
    operator.ok(&["firmware", "import", "firmware"]);
    let entries = operator.json(&["audit", "list"]);
    let said = |entry: &Value| {
        let word = |field: &str| entry["entry"][field].as_str().unwrap().to_owned();
        format!("{} {}: {}", word("action"), word("outcome"), word("detail"))
    };
    let profile = |entry: &&Value| entry["entry"]["action"] != "profile.put";
    let said: Vec<_> = entries.as_array().unwrap().iter().filter(profile).map(said).collect();
    insta::assert_snapshot!(said.join("\n"));
}
