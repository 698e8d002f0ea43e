//! What the documents say of the sources is true.

use std::{fs, path::Path};

/// The text of all sources below `path`.
#[cfg(test)]
fn text_below(path: &Path) -> String {
    if path.is_dir() {
        let below = fs::read_dir(path).unwrap().map(|entry| text_below(&entry.unwrap().path()));
        return below.collect();
    }
    match path.extension() {
        Some(extension) if extension == "rs" => fs::read_to_string(path).unwrap(),
        _ => String::new(),
    }
}

/// Whether somewhere in `text` this is a whole name.
#[cfg(test)]
fn has_name(text: &str, name: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(in_name) && !after.starts_with(in_name)
    })
}

/// `docs/SECURITY.md` names a test for each promise. A test that is renamed or removed must not
/// leave a promise without one.
#[test]
fn the_tests_that_security_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["ipxe-orch-core", "ipxe-orch-backends", "ipxe-orch-server", "tests"];
    let sources: String = folders.iter().map(|folder| text_below(&root.join(folder))).collect();
    let document = fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let quoted = document.split('`').skip(1).step_by(2);
    let is_test = |text: &&str| {
        text.contains('_')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789".contains(&b))
    };
    let named: Vec<_> = quoted.filter(is_test).collect();
    assert!(named.len() > 30, "the reader of the document works: {named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !has_name(&sources, name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Each mistake of `scripts/mutants store` can still be made: the text that it replaces is there.
#[test]
fn the_mistakes_of_stores_can_be_made() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("scripts/mutants.d/store.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(rows.len() > 100, "the reader of the table works");
    for row in rows {
        let [name, file, from, ..] = row[..] else { panic!("{row:?}") };
        let text = fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(&from.replace("\\n", "\n")), "{name}: {file} has no `{from}`");
    }
}
