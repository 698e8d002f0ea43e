//! Secrets that systemd hands to the service (`LoadCredential=`), as paths of the settings.

use std::path::{Path, PathBuf};

/// What a path begins with if it names a credential.
const PREFIX: &str = "credential:";
/// Where systemd puts them for the service of the package. Root and the service's user find them
/// there as well, while the service runs.
const SERVICE: &str = "/run/credentials/ipxe-orch.service";

/// The folder with the credentials. `own` is that of this process, if it has one.
pub(super) fn folder(own: Option<&Path>) -> PathBuf {
    own.unwrap_or(Path::new(SERVICE)).to_owned()
}

/// The credential that a path names.
fn name(path: &Path) -> Option<&str> {
    let name = path.to_str()?.strip_prefix(PREFIX)?;
    Some(name).filter(|name| !name.is_empty() && !name.contains('/') && !name.starts_with('.'))
}

/// The path as it is counted from `base`; a credential stays what it is.
pub(super) fn below(base: &Path, path: PathBuf) -> PathBuf {
    if name(&path).is_some() { path } else { base.join(path) }
}

/// Where the file is.
pub(super) fn located(folder: &Path, path: PathBuf) -> PathBuf {
    match name(&path) {
        Some(name) => folder.join(name),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_in_the_folder_of_the_service() {
        let found = |text: &str| {
            let path = below(Path::new("/etc/ipxe-orch"), text.into());
            located(&folder(Some(Path::new("/run/c"))), path)
        };
        assert_eq!(found("credential:tls.key"), Path::new("/run/c/tls.key"));
        assert_eq!(found("tls.key"), Path::new("/etc/ipxe-orch/tls.key"));
        for odd in ["credential:", "credential:../x", "credential:.x", "credential:a/b"] {
            assert_eq!(found(odd), Path::new("/etc/ipxe-orch").join(odd), "it is a file");
        }
        assert_eq!(located(&folder(None), "credential:a".into()), Path::new(SERVICE).join("a"));
    }
}
