//! House rules that a compiler does not check.

use std::{fs, path::Path};

#[cfg(test)]
fn manifest(package: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(package).join("Cargo.toml");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[cfg(test)]
fn dependencies(package: &str) -> Vec<String> {
    let manifest = manifest(package);
    let section = manifest.split("[dependencies]").nth(1).expect("a [dependencies] section");
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Core has no SQL, HTTP, files, clock or randomness of its own, so it depends on no crate for
/// them.
#[test]
fn core_stays_pure() {
    let found = dependencies("ipxe-orch-core");
    assert!(found.contains(&"serde".to_owned()), "the reader of manifests works: {found:?}");
    for banned in ["sqlx", "axum", "reqwest", "getrandom", "jiff", "tracing", "tempfile"] {
        assert!(!found.contains(&banned.to_owned()), "core must not depend on {banned}");
    }
}

/// Arrows go one way: server -> backends -> core.
#[test]
fn arrows_go_one_way() {
    assert!(!dependencies("ipxe-orch-core").iter().any(|name| name.starts_with("ipxe-orch")));
    assert!(!dependencies("ipxe-orch-backends").contains(&"ipxe-orch-server".to_owned()));
}

/// The modules of core, each of which may use those before it and none after it. So `disc`,
/// `image` and `script` could become crates any day, and a store's error is below everything.
const CORE: [&str; 29] = [
    "text",
    "work",
    "digest",
    "names",
    "server_url",
    "time",
    "ids",
    "error",
    "disc",
    "image",
    "script",
    "keys",
    "host",
    "profile",
    "media",
    "auth",
    "policy",
    "lease",
    "audit",
    "access",
    "boot",
    "fleet",
    "stores",
    "access_control",
    "orchestrator",
    "memory",
    "fakes",
    "mocks",
    "conformance",
];

/// These three use nothing of the others but what is named: they could be crates of their own.
const APART: [(&str, &[&str]); 3] =
    [("disc", &["text"]), ("image", &[]), ("script", &["image", "text"])];

#[cfg(test)]
fn core() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ipxe-orch-core/src")
}

/// The files of a module of core, without those of its tests.
#[cfg(test)]
fn sources(path: &Path, found: &mut Vec<std::path::PathBuf>) {
    if path.ends_with("tests") {
        return;
    }
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
        found.push(path.to_owned());
    }
}

/// The other modules that the code of a file names after `crate::`, its tests apart.
#[cfg(test)]
fn uses(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').map(list_of);
        let first = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned)
        };
        match group {
            Some(parts) => found.extend(parts.iter().filter_map(|part| first(part.trim()))),
            None => found.extend(first(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// The parts of a `{…}` at its first level.
#[cfg(test)]
fn list_of(rest: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in rest.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(c);
    }
    parts
}

#[test]
fn modules_of_core_use_only_those_before_them() {
    let place = |name: &str| CORE.iter().position(|module| *module == name);
    let mut wrong = Vec::new();
    for (own, module) in CORE.iter().enumerate() {
        let mut files = Vec::new();
        for path in [core().join(module), core().join(format!("{module}.rs"))] {
            if path.exists() {
                sources(&path, &mut files);
            }
        }
        assert!(!files.is_empty(), "core has no module {module}");
        let apart = APART.iter().find(|(name, _)| name == module);
        for file in files {
            for used in uses(&fs::read_to_string(&file).unwrap()) {
                let Some(other) = place(&used) else { continue };
                let beyond = apart.is_some_and(|(_, may)| other != own && !may.contains(&&*used));
                if other > own || beyond {
                    wrong.push(format!("{} uses {used}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let text = fs::read_to_string(core().join("lib.rs")).unwrap();
    let modules = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for module in modules {
        assert!(place(module).is_some(), "say in CORE where the module {module} stands");
    }
}

#[test]
fn uses_are_found_in_groups_and_paths() {
    let text = "use crate::{\n    auth::{Granted, Boot},\n    error::StoreError,\n    ids,\n};\n\
                // crate::memory\nlet x = crate::lease::TABLE;\n#[cfg(test)]\nmod tests { use crate::stores; }";
    assert_eq!(uses(text), ["auth", "error", "ids", "lease"]);
}

/// A case that stands in no list of the suite's macros is never asked of a store.
#[test]
fn every_case_of_the_suite_is_run() {
    let conformance = core().join("conformance");
    let lists = ["suite.rs", "access_suite.rs"].map(|file| conformance.join(file));
    let lists = lists.map(|file| fs::read_to_string(file).unwrap()).concat();
    let listed: Vec<_> = lists.split_whitespace().collect();
    let mut files = Vec::new();
    sources(&conformance.join("access"), &mut files);
    sources(&conformance.join("store"), &mut files);
    sources(&conformance.join("orchestrator"), &mut files);
    let mut cases = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for case in text.split("pub async fn ").skip(1).filter_map(|rest| rest.split('(').next()) {
            // The walks are made by a macro, which gives each its name.
            if case.starts_with('$') {
                continue;
            }
            cases += 1;
            assert!(listed.contains(&case), "{}: no macro runs {case}", file.display());
        }
    }
    assert!(cases > 100, "the reader of cases works: {cases}");
}

/// Whoever embeds core and the backends may have other commands, or none: errors name the thing and
/// the remedy, and the command line adds its command.
#[test]
fn errors_of_the_libraries_name_no_command() {
    let mut files = Vec::new();
    for package in ["ipxe-orch-core", "ipxe-orch-backends"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(package).join("src");
        sources(&root, &mut files);
    }
    // Of the server, all but the command line and what is written for it: the configuration file
    // and the log of `serve`.
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("ipxe-orch-server/src");
    for folder in ["firmware", "http", "media", "runtime", "service", "view"] {
        sources(&server.join(folder), &mut files);
    }
    let mut wrong = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let named = |line: &&str| line.contains("`ipxe-orch ");
        wrong.extend(code.filter(named).map(|line| format!("{}: {line}", file.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
