//! The configuration file.

#[cfg(feature = "syslog")]
use super::AuditLayer;
use super::{ConfigError, Environment, Layer, credential};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Read if it is there and no other file is named.
const DEFAULT: &str = "/etc/ipxe-orch/config.toml";

/// What the file says: the one named by `flag`, else by the environment, else the default's.
pub(super) fn load(
    flag: Option<&Path>,
    environment: &Environment,
) -> Result<(Option<PathBuf>, Layer), ConfigError> {
    let named = flag.map(Path::to_owned).or_else(|| environment.config());
    let path = named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok((None, Layer::default()));
        }
        Err(source) => return Err(ConfigError::Read { path, source }),
    };
    let layer: Layer =
        toml::from_str(&text).map_err(|error| ConfigError::of_file(path.clone(), &text, &error))?;
    let base = path.parent().unwrap_or(Path::new("")).to_owned();
    Ok((Some(path), below(layer, &base)))
}

/// Relative paths in the file are counted from its own folder.
fn below(layer: Layer, base: &Path) -> Layer {
    let one = |path: PathBuf| credential::below(base, path);
    let all = |paths: Vec<PathBuf>| paths.into_iter().map(one).collect::<Vec<_>>();
    Layer {
        data_dir: layer.data_dir.map(one),
        database: layer.database.map(|database| database.below(base)),
        // An empty path is none.
        database_password_file: layer
            .database_password_file
            .map(|path| if path.as_os_str().is_empty() { path } else { one(path) }),
        listen: layer.listen.map(|all| all.into_iter().map(|one| one.below(base)).collect()),
        media_dir: layer.media_dir.map(one),
        profile_dirs: layer.profile_dirs.map(all),
        firmware_dirs: layer.firmware_dirs.map(all),
        #[cfg(feature = "ldap")]
        directories: layer.directories.map(|all| {
            let below = |mut one: ipxe_orch_backends::ldap::DirectoryOptions| {
                one.ca_file = one.ca_file.map(|path| base.join(path));
                one.bind_password_file = one.bind_password_file.map(|path| base.join(path));
                one
            };
            all.into_iter().map(below).collect()
        }),
        #[cfg(feature = "syslog")]
        audit: AuditLayer {
            forward: layer.audit.forward.map(|all| {
                let below = |mut one: ipxe_orch_backends::syslog::SinkOptions| {
                    one.ca_file = one.ca_file.map(|path| base.join(path));
                    one.certificate = one.certificate.map(|path| base.join(path));
                    one.key = one.key.map(|path| base.join(path));
                    one
                };
                all.into_iter().map(below).collect()
            }),
            ..layer.audit
        },
        ..layer
    }
}
