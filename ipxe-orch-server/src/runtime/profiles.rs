//! Profiles that come with the program and those of folders. They are stored when somebody applies
//! them.

use crate::{
    config::{Config, SetBy},
    profiles::built_in,
};
use ipxe_orch_backends::local::{FileError, profile_folders, read_profile};
use ipxe_orch_core::profile::ProfileVersion;

/// The profiles that this program has at hand, stored or not.
#[derive(Debug, Default)]
pub struct AtHand {
    /// Those that can be read, in no special order; each name once.
    pub versions: Vec<ProfileVersion>,
    /// Why others cannot be read: each names its file.
    pub problems: Vec<FileError>,
}

/// The built-in profiles, then those of `profile_dirs`: the last one of a name counts. A folder
/// that is no profile, such as one that somebody is still writing, does not hide the others.
pub fn at_hand(config: &Config) -> AtHand {
    let mut found = AtHand { versions: built_in(), problems: Vec::new() };
    for folder in &config.profile_dirs.value {
        if config.profile_dirs.set_by == SetBy::Default && !folder.exists() {
            continue;
        }
        match profile_folders(folder) {
            Ok(folders) => folders.iter().for_each(|folder| found.add(read_profile(folder))),
            Err(error) => found.problems.push(error),
        }
    }
    found
}

impl AtHand {
    /// All profiles, for work that must leave none out.
    ///
    /// # Errors
    /// The first problem.
    pub fn all(self) -> Result<Vec<ProfileVersion>, FileError> {
        self.problems.into_iter().next().map_or(Ok(self.versions), Err)
    }

    fn add(&mut self, read: Result<ProfileVersion, FileError>) {
        match read {
            Ok(version) => {
                let name = &version.profile().name;
                self.versions.retain(|other| other.profile().name != *name);
                self.versions.push(version);
            }
            Err(problem) => self.problems.push(problem),
        }
    }
}
