//! The password of the account that searches.

use super::{
    error::{Fault, InvalidDirectory},
    options::DirectoryOptions,
};
use crate::local::{read_credential, read_password};
use ipxe_orch_core::names::RealmName;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where the password is. It is read anew for each connection, so a new one needs no restart.
#[derive(Clone, Debug)]
pub(super) struct PasswordSource {
    realm: RealmName,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    /// A file that nobody else may read.
    File(PathBuf),
    /// A credential of systemd, which protects it in its own way.
    Credential(PathBuf),
}

impl PasswordSource {
    /// Finds the password, and reads it once.
    pub(super) fn new(
        options: &DirectoryOptions,
        credentials: Option<&Path>,
    ) -> Result<Self, InvalidDirectory> {
        let wrong = |key, why: &str| InvalidDirectory::new(&options.name, key, why);
        let place = match (&options.bind_password_file, &options.bind_password_credential) {
            (Some(file), None) => Place::File(file.clone()),
            (None, Some(name)) => {
                let key = "bind_password_credential";
                if name.is_empty() || name.contains('/') || name.starts_with('.') {
                    return Err(wrong(key, "is not the name of a credential"));
                }
                let none = "needs a service with `LoadCredential=`: use `bind_password_file` without systemd";
                Place::Credential(credentials.ok_or_else(|| wrong(key, none))?.join(name))
            }
            _ => {
                let why = "or `bind_password_credential` must name the password, one of the two";
                return Err(wrong("bind_password_file", why));
            }
        };
        let source = Self { realm: options.name.clone(), place };
        source.read_now()?;
        Ok(source)
    }

    pub(super) async fn read(&self) -> Result<Zeroizing<String>, Fault> {
        let source = self.clone();
        let read = tokio::task::spawn_blocking(move || source.read_now()).await;
        let unread =
            |text: &str| Fault::stop(format!("the password of `bind_name` cannot be read: {text}"));
        match read {
            Ok(read) => read.map_err(|error| unread(&error.to_string()).from(error)),
            Err(error) => Err(unread("the task ended").from(error)),
        }
    }

    fn read_now(&self) -> Result<Zeroizing<String>, InvalidDirectory> {
        match &self.place {
            Place::File(path) => read_password(path)
                .map_err(|error| InvalidDirectory::file(&self.realm, "bind_password_file", error)),
            Place::Credential(path) => read_credential(path).map_err(|error| {
                InvalidDirectory::file(&self.realm, "bind_password_credential", error)
            }),
        }
    }
}
