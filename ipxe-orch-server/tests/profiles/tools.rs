//! Programs that judge texts; one that is missing fails its test.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// A file that the set-up made below `.cache`.
pub(crate) fn cached(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache").join(path);
    assert!(path.exists(), "{} is missing: run scripts/setup", path.display());
    path
}

/// What a validator says of a text in a file.
pub(crate) fn judged(text: &str, validator: &mut Command) -> Output {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("answer");
    fs::write(&file, text).unwrap();
    validator.arg(&file).output().expect("run scripts/setup for the validators")
}

#[track_caller]
pub(crate) fn accepted(what: &str, text: &str, validator: &mut Command) {
    let done = judged(text, validator);
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{what}: {out}{err}\n{text}");
}

/// Runs a shell script as an installer's shell does, which must succeed.
#[track_caller]
pub(crate) fn run(script: &str, path: &str) {
    let done = Command::new("dash").args(["-uc", script]).env("PATH", path).output().unwrap();
    assert!(done.status.success(), "{done:?}\n{script}");
}

/// All files below a folder with their contents, each headed by its name.
pub(crate) fn contents(folder: &Path) -> String {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        format!("==> {name}\n{}", fs::read_to_string(file).unwrap())
    };
    files.iter().map(text).collect::<Vec<_>>().join("\n")
}
