//! A profile with its templates at one moment.

use super::{InvalidProfile, MediaLock, PinnedMedia, Profile};
use crate::{digest::Digest, names::FileName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the file that pins the media of a version.
const LOCK: &str = "media.lock";

/// A profile with its templates and the digests of its media. Its name is the digest of all of
/// these. A mark pins a version.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::profile::ProfileVersion;
/// use std::collections::BTreeMap;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let definition = "name = 'rescue'\ntitle = 'Rescue system'\nscript = 'boot.ipxe.hbs'\n";
/// let script = "#!ipxe\nkernel --timeout 4000 t/{{ticket}}/media/kernel || exit 1\nboot || exit 1\n";
/// let files = BTreeMap::from([("boot.ipxe.hbs".parse()?, script.to_owned())]);
/// let version = ProfileVersion::new(definition, files.clone())?;
/// assert_eq!(version.profile().terms.start_minutes, 15);
///
/// // Every change of a file is another version.
/// let changed = ProfileVersion::new(&format!("{definition}# longer\n"), files)?;
/// assert_ne!(changed.digest(), version.digest());
///
/// let error = ProfileVersion::new(definition, BTreeMap::new()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "profile.toml names the template `boot.ipxe.hbs`, but there is no such file"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileVersion {
    profile: Profile,
    definition: String,
    templates: BTreeMap<FileName, String>,
    #[serde(default)]
    lock: MediaLock,
}

impl ProfileVersion {
    /// A version of this `profile.toml` and these files. A file `media.lock` among them pins the
    /// media. Files that the definition does not name are left out.
    ///
    /// # Errors
    /// [`InvalidProfile`] if the definition or the `media.lock` is wrong, or if a template that the
    /// definition names is missing.
    pub fn new(
        definition: &str,
        mut files: BTreeMap<FileName, String>,
    ) -> Result<Self, InvalidProfile> {
        let profile: Profile = definition.parse()?;
        let lock = files.iter().find(|(name, _)| name.as_str() == LOCK);
        let lock = lock.map_or_else(|| Ok(MediaLock::default()), |(_, text)| text.parse())?;
        let mut templates = BTreeMap::new();
        for name in profile.templates() {
            if name.as_str() == LOCK {
                return Err(InvalidProfile::Reserved(name.clone()));
            }
            if templates.contains_key(name) {
                continue;
            }
            let text =
                files.remove(name).ok_or_else(|| InvalidProfile::MissingTemplate(name.clone()))?;
            templates.insert(name.clone(), text);
        }
        let bare = Self {
            profile,
            definition: definition.to_owned(),
            templates,
            lock: MediaLock::default(),
        };
        Ok(bare.with_lock(lock))
    }

    /// The same version with other digests of its media. Media that it does not have are left out.
    #[must_use]
    pub fn with_lock(mut self, mut lock: MediaLock) -> Self {
        lock.0.retain(|name, _| self.profile.media.iter().any(|media| media.name == *name));
        self.lock = lock;
        self
    }

    /// The content of `profile.toml`.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The text of `profile.toml` as it was written.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The templates that the definition names.
    pub const fn templates(&self) -> &BTreeMap<FileName, String> {
        &self.templates
    }

    /// The digests of its media.
    pub const fn lock(&self) -> &MediaLock {
        &self.lock
    }

    /// All files that a store keeps besides the definition: the templates, and the `media.lock` if
    /// there is one.
    pub fn files(&self) -> BTreeMap<FileName, String> {
        let mut files = self.templates.clone();
        if let (false, Ok(name)) = (self.lock.0.is_empty(), LOCK.parse()) {
            files.insert(name, self.lock.to_string());
        }
        files
    }

    /// The place and content of one of its media, by name.
    pub fn media(&self, name: &str) -> Option<PinnedMedia> {
        let place = self.profile.media.iter().position(|media| media.name.as_str() == name)?;
        self.all_media().nth(place)
    }

    /// The place and content of each of its media.
    pub fn all_media(&self) -> impl Iterator<Item = PinnedMedia> {
        let content = |name| self.lock.0.get(name).copied();
        self.profile.media.iter().map(move |media| PinnedMedia {
            source: media.source.clone(),
            content: content(&media.name),
        })
    }

    /// Whether it differs from `other` at most in the digests of its media.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.definition, &self.templates) == (&other.definition, &other.templates)
    }

    /// The name of this version: SHA-256 of all its files.
    pub fn digest(&self) -> Digest {
        let lock = self.lock.to_string();
        let lock = (!self.lock.0.is_empty()).then_some([LOCK, lock.as_str()]);
        let files = self.templates.iter().map(|(name, text)| [name.as_str(), text.as_str()]);
        let all = std::iter::once(self.definition.as_str()).chain(files.chain(lock).flatten());
        Digest::of_parts(all.map(str::as_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(script: &str) -> ProfileVersion {
        let files = BTreeMap::from([("a".parse().unwrap(), script.to_owned())]);
        let media = "[[media]]\nname='k'\npath='x/k'\n[[media]]\nname='t'\ntree='x'";
        ProfileVersion::new(&format!("name='p'\ntitle='P'\nscript='a'\n{media}"), files).unwrap()
    }

    fn lock(names: &[&str]) -> MediaLock {
        MediaLock(names.iter().map(|name| (name.parse().unwrap(), Digest::of(name))).collect())
    }

    #[test]
    fn any_change_is_another_version() {
        assert_eq!(version("x").digest(), version("x").digest());
        assert_ne!(version("x").digest(), version("y").digest());
        let locked = version("x").with_lock(lock(&["k"]));
        assert_ne!(version("x").digest(), locked.digest());
        assert!(locked.is_like(&version("x")) && !locked.is_like(&version("y")));
    }

    #[test]
    fn a_missing_template_is_named() {
        let error =
            ProfileVersion::new("name='p'\ntitle='P'\nscript='a'", BTreeMap::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "profile.toml names the template `a`, but there is no such file"
        );
    }

    #[test]
    fn contents_of_media_are_kept_with_its_files() {
        let locked = version("x").with_lock(lock(&["k", "another"]));
        assert_eq!(*locked.lock(), lock(&["k"]), "media that it does not have are left out");
        let again = ProfileVersion::new(locked.definition(), locked.files()).unwrap();
        assert_eq!((again.digest(), &again), (locked.digest(), &locked));
        assert_eq!(again.media("k").unwrap().content, Some(Digest::of("k")));
        assert_eq!(again.media("t").unwrap().content, None);
        assert_eq!(again.media("absent"), None);
        let mut files = version("x").files();
        files.insert("media.lock".parse().unwrap(), "k = 'abc'".to_owned());
        let error = ProfileVersion::new(locked.definition(), files).unwrap_err().to_string();
        assert!(error.starts_with("not a media.lock: "), "{error}");
    }
}
