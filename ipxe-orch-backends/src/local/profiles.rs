//! Profiles in folders.

use super::files::FileError;
use ipxe_orch_core::{
    names::FileName,
    profile::{Profile, ProfileVersion},
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

/// The longest file of a profile, in bytes.
pub const MAX_PROFILE_FILE: u64 = 256 * 1024;

/// Reads the profile in a folder: its `profile.toml` and the templates that this names.
///
/// # Errors
/// [`FileError`] with the name of the file. It does not exist, is longer than [`MAX_PROFILE_FILE`],
/// is not UTF-8, is a link out of the folder, is not a profile, or has another name than its
/// folder.
pub fn read_profile(folder: &Path) -> Result<ProfileVersion, FileError> {
    let real =
        fs::canonicalize(folder).map_err(|error| FileError::io(folder, "cannot be read", error))?;
    let definition_path = folder.join("profile.toml");
    let definition = read(&real, &definition_path)?;
    let wrong = |error: &dyn std::fmt::Display| FileError::new(&definition_path, error.to_string());
    let profile: Profile = definition.parse().map_err(|error| wrong(&error))?;
    let name = profile.name.as_str();
    if real.file_name().is_none_or(|folder| folder != name) {
        return Err(wrong(&format!(
            "the profile has the name `{name}`, so its folder must have the same name"
        )));
    }
    let mut files = BTreeMap::<FileName, String>::new();
    for template in profile.templates() {
        if !files.contains_key(template) {
            files.insert(template.clone(), read(&real, &folder.join(template.as_str()))?);
        }
    }
    ProfileVersion::new(&definition, files).map_err(|error| wrong(&error))
}

/// Reads all profiles in the folders of `folder`, sorted by name.
///
/// # Errors
/// The [`FileError`] of the first profile that cannot be read; [`profile_folders`] with
/// [`read_profile`] reads the others.
pub fn read_profiles(folder: &Path) -> Result<Vec<ProfileVersion>, FileError> {
    profile_folders(folder)?.iter().map(|folder| read_profile(folder)).collect()
}

/// The folders in `folder`, each of which should be a profile, sorted by name. Hidden folders and
/// files are ignored.
///
/// # Errors
/// [`FileError`] if `folder` cannot be read.
pub fn profile_folders(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let io = |error| FileError::io(folder, "cannot be read", error);
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && entry.path().is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

/// Reads one file of the folder `real`, whose path has no links.
fn read(real: &Path, path: &Path) -> Result<String, FileError> {
    let io = |error| FileError::io(path, "cannot be read", error);
    let target = fs::canonicalize(path).map_err(io)?;
    if !target.starts_with(real) {
        return Err(FileError::new(path, "is a link out of the profile's folder"));
    }
    // Checked before opening: opening a pipe would wait for its writer.
    if !fs::metadata(&target).map_err(io)?.is_file() {
        return Err(FileError::new(path, "is not a regular file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(&target).map_err(io)?;
    file.take(MAX_PROFILE_FILE.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_PROFILE_FILE {
        return Err(FileError::new(path, format!("is longer than {MAX_PROFILE_FILE} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| FileError::new(path, "is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    const DEFINITION: &str = "name = 'tiny'\ntitle = 'Tiny'\nscript = 'boot.hbs'\n";

    fn folder(name: &str, files: &[(&str, &[u8])]) -> TempDir {
        let outer = TempDir::new().unwrap();
        fs::create_dir(outer.path().join(name)).unwrap();
        for (file, bytes) in files {
            fs::write(outer.path().join(name).join(file), bytes).unwrap();
        }
        outer
    }

    fn error(outer: &TempDir, name: &str) -> String {
        let folder = outer.path().join(name);
        let error = read_profile(&folder).unwrap_err().to_string();
        error.replace(&folder.display().to_string(), "DIR")
    }

    #[test]
    fn folders_are_profiles() {
        let files = [("profile.toml", DEFINITION.as_bytes()), ("boot.hbs", b"#!ipxe"), ("x", b"")];
        let outer = folder("tiny", &files);
        fs::create_dir(outer.path().join(".git")).unwrap();
        fs::write(outer.path().join("README"), "").unwrap();
        let all = read_profiles(outer.path()).unwrap();
        assert_eq!(all, [read_profile(&outer.path().join("tiny")).unwrap()]);
        assert_eq!(all[0].templates().len(), 1, "files that it does not name are left out");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_file() {
        let toml = ("profile.toml", DEFINITION.as_bytes());
        let outer = folder("other", &[toml]);
        let message = "DIR/profile.toml: the profile has the name `tiny`, so its folder must have the same name";
        assert_eq!(error(&outer, "other"), message);
        assert_eq!(error(&outer, "none"), "DIR: cannot be read");
        let outer = folder("tiny", &[]);
        assert_eq!(error(&outer, "tiny"), "DIR/profile.toml: cannot be read");
        let outer = folder("tiny", &[toml]);
        assert_eq!(error(&outer, "tiny"), "DIR/boot.hbs: cannot be read");
        let outer = folder("tiny", &[toml, ("boot.hbs", b"\xff")]);
        assert_eq!(error(&outer, "tiny"), "DIR/boot.hbs: is not UTF-8");
        let long = "x".repeat(256 * 1024 + 1);
        let outer = folder("tiny", &[toml, ("boot.hbs", long.as_bytes())]);
        assert_eq!(error(&outer, "tiny"), "DIR/boot.hbs: is longer than 262144 bytes");
        let outer = folder("tiny", &[("profile.toml", b"name = 1")]);
        assert!(error(&outer, "tiny").starts_with("DIR/profile.toml: not a profile.toml:"));
    }

    #[test]
    fn links_stay_in_the_folder() {
        let outer = folder("tiny", &[("profile.toml", DEFINITION.as_bytes()), ("real", b"x")]);
        let link = outer.path().join("tiny/boot.hbs");
        symlink("real", &link).unwrap();
        assert!(read_profile(&outer.path().join("tiny")).is_ok());
        fs::remove_file(&link).unwrap();
        symlink("/etc/passwd", &link).unwrap();
        assert_eq!(error(&outer, "tiny"), "DIR/boot.hbs: is a link out of the profile's folder");
    }
}
