//! Scripts as files. The comments at the start of each file describe its world and its ending:
//!
//! ```text
//! # world: bios | uefi | both
//! # world: disk-image
//! # world: NIC 52:54:00:12:34:56 [link] [dhcp]
//! # world: disk [boots] [LOADER...]
//! # world: setting NAME VALUE
//! # world: bytes NAME HEX
//! # world: build debian13 | v2 | master
//! # world: address URL
//! # world: answer URL = kernel | disk | data | 404 | 500 | busy | redirects | stalls | silent |
//! #        refused | once KIND | script LINE; LINE...
//! # ending [bios | uefi]: ENDING
//! ```

use ipxe_orch_core::{
    image::Medium,
    script::{Answer, Disk, Ending, Firmware, Nic, Release, World},
};

/// The worlds that a script runs in, each with the ending that it has there.
pub(crate) fn worlds(text: &str) -> Vec<(World, String)> {
    let line = |key: &str| {
        let key = format!("# {key}: ");
        text.lines()
            .filter_map(|line| line.strip_prefix(&key).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let about = line("world");
    let has = |word: &str| about.iter().any(|line| line == word || line == "both");
    let firmwares = [(Firmware::Bios, "bios"), (Firmware::Uefi, "uefi")];
    let of = |(firmware, name): (Firmware, &str)| {
        let mut world = World::new(firmware);
        for line in &about {
            describe(&mut world, line);
        }
        let ending = line(&format!("ending {name}")).into_iter().chain(line("ending")).next();
        (world, ending.unwrap_or_else(|| panic!("no ending for {name}")))
    };
    firmwares.into_iter().filter(|(_, name)| has(name)).map(of).collect()
}

fn describe(world: &mut World, line: &str) {
    let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
    let words: Vec<&str> = rest.split(' ').collect();
    let has = |word: &str| words.contains(&word);
    match kind {
        "bios" | "uefi" | "both" => {}
        "disk-image" => world.medium = Medium::Disk,
        "nic" => {
            let mac = words[0].to_owned();
            world.nics.push(Nic { mac, link: has("link"), dhcp: has("dhcp") });
        }
        "disk" => {
            let loaders = words.iter().filter(|word| word.starts_with('\\'));
            let loaders = loaders.map(ToString::to_string).collect();
            world.disks.push(Disk { boots: has("boots"), loaders });
        }
        "setting" => {
            let (name, value) = rest.split_once(' ').expect("NAME VALUE");
            world.settings.insert(name.to_owned(), value.as_bytes().to_vec());
        }
        "bytes" => {
            let pairs = words[1].as_bytes().chunks(2);
            let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
            world.settings.insert(words[0].to_owned(), pairs.map(byte).collect());
        }
        "build" => {
            world.release = match rest {
                "debian13" => Release::Debian13,
                "v2" => Release::V2,
                "master" => Release::Master,
                _ => panic!("`{rest}` is no build"),
            };
        }
        "address" => world.address = rest.to_owned(),
        "answer" => {
            let (address, kind) = rest.split_once(" = ").expect("URL = KIND");
            world.answers.insert(address.to_owned(), answer(kind));
        }
        _ => panic!("`{line}` describes no world"),
    }
}

fn answer(kind: &str) -> Answer {
    match kind.split_once(' ').unwrap_or((kind, "")) {
        ("kernel", _) => Answer::Kernel,
        ("disk", _) => Answer::Disk,
        ("data", _) => Answer::Data,
        ("404", _) => Answer::NotFound,
        ("500", _) => Answer::ServerError,
        ("busy", _) => Answer::Busy,
        ("redirects", _) => Answer::Redirects,
        ("stalls", _) => Answer::Stalls,
        ("silent", _) => Answer::Silent,
        ("refused", _) => Answer::Refused,
        ("once", kind) => Answer::Once(Box::new(answer(kind))),
        ("script", lines) => Answer::Script(format!("#!ipxe\n{}\n", lines.replace("; ", "\n"))),
        _ => panic!("`{kind}` is no answer"),
    }
}

/// An ending as the comments write it. Its first word is its kind.
pub(crate) fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Kernel { name, args } => format!("kernel {name} {args}").trim_end().to_owned(),
        Ending::San(address) => format!("san {address}"),
        Ending::Drive(drive) => format!("drive {drive:#04x}"),
        Ending::Loader(path) => format!("loader {path}"),
        Ending::NextDevice => "next-device".to_owned(),
        Ending::NextEntry => "next-entry".to_owned(),
        Ending::FirmwareMenu => "firmware-menu".to_owned(),
        Ending::Failed { line } => format!("failed {line}"),
        Ending::Itself => "itself".to_owned(),
        Ending::Hung => "hung".to_owned(),
        Ending::Person => "person".to_owned(),
        Ending::Reset => "reset".to_owned(),
        Ending::Off => "off".to_owned(),
        Ending::Loop => "loop".to_owned(),
        other => panic!("{other:?} has no name"),
    }
}

/// The kinds of endings. The corpus has all of them.
pub(crate) const ENDINGS: [&str; 14] = [
    "kernel",
    "san",
    "drive",
    "loader",
    "next-device",
    "next-entry",
    "firmware-menu",
    "failed",
    "itself",
    "hung",
    "person",
    "reset",
    "off",
    "loop",
];
