//! A profile with its templates, at one moment.

use super::{InvalidProfile, MediaLock, PinnedMedia, Profile};
use crate::{digest::Digest, names::FileName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file of a version that pins its media.
const LOCK: &str = "media.lock";

/// A profile, its templates and the contents of its media, named by the digest of all that: a mark
/// pins it.
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
    /// A version of this `profile.toml` and these templates; `media.lock` among them pins media.
    ///
    /// # Errors
    /// [`InvalidProfile`] if the definition or the lock is wrong or a template that it names is
    /// missing; templates that it does not name are left out.
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

    /// The same with other contents of its media; what it does not name is left out.
    #[must_use]
    pub fn with_lock(mut self, mut lock: MediaLock) -> Self {
        lock.0.retain(|name, _| self.profile.media.iter().any(|media| media.name == *name));
        self.lock = lock;
        self
    }

    /// What `profile.toml` says.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// `profile.toml` as it was written.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The templates that it names.
    pub const fn templates(&self) -> &BTreeMap<FileName, String> {
        &self.templates
    }

    /// The contents of its media.
    pub const fn lock(&self) -> &MediaLock {
        &self.lock
    }

    /// All that a store keeps beside the definition: the templates, and the lock if there is one.
    pub fn files(&self) -> BTreeMap<FileName, String> {
        let mut files = self.templates.clone();
        if let (false, Ok(name)) = (self.lock.0.is_empty(), LOCK.parse()) {
            files.insert(name, self.lock.to_string());
        }
        files
    }

    /// What is behind a name of its media.
    pub fn media(&self, name: &str) -> Option<PinnedMedia> {
        let place = self.profile.media.iter().position(|media| media.name.as_str() == name)?;
        self.all_media().nth(place)
    }

    /// What is behind each name of its media.
    pub fn all_media(&self) -> impl Iterator<Item = PinnedMedia> {
        let content = |name| self.lock.0.get(name).copied();
        self.profile.media.iter().map(move |media| PinnedMedia {
            source: media.source.clone(),
            content: content(&media.name),
        })
    }

    /// Whether it is the same but for the contents of its media.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.definition, &self.templates) == (&other.definition, &other.templates)
    }

    /// Names this version: SHA-256 over its files.
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
        assert_eq!(error.to_string(), "template `a` is named in profile.toml, but not there");
    }

    #[test]
    fn contents_of_media_are_kept_with_its_files() {
        let locked = version("x").with_lock(lock(&["k", "another"]));
        assert_eq!(*locked.lock(), lock(&["k"]), "what it does not name is left out");
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
