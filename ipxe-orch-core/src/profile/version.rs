//! A profile with its templates, at one moment.

use super::{InvalidProfile, Profile};
use crate::{digest::Digest, names::FileName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A profile and its templates, named by the digest of their text: a mark pins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileVersion {
    profile: Profile,
    definition: String,
    templates: BTreeMap<FileName, String>,
}

impl ProfileVersion {
    /// A version of this `profile.toml` and these templates.
    ///
    /// # Errors
    /// [`InvalidProfile`] if the definition is wrong or a template that it names is missing;
    /// templates that it does not name are left out.
    pub fn new(
        definition: &str,
        mut files: BTreeMap<FileName, String>,
    ) -> Result<Self, InvalidProfile> {
        let profile: Profile = definition.parse()?;
        let mut templates = BTreeMap::new();
        for name in profile.templates() {
            if templates.contains_key(name) {
                continue;
            }
            let text =
                files.remove(name).ok_or_else(|| InvalidProfile::MissingTemplate(name.clone()))?;
            templates.insert(name.clone(), text);
        }
        Ok(Self { profile, definition: definition.to_owned(), templates })
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

    /// Names this version: SHA-256 over its files.
    pub fn digest(&self) -> Digest {
        let files = self.templates.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]);
        let all = std::iter::once(self.definition.as_str()).chain(files);
        Digest::of_parts(all.map(str::as_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(script: &str) -> ProfileVersion {
        let files = BTreeMap::from([("a".parse().unwrap(), script.to_owned())]);
        ProfileVersion::new("name='p'\ntitle='P'\nscript='a'", files).unwrap()
    }

    #[test]
    fn any_change_is_another_version() {
        assert_eq!(version("x").digest(), version("x").digest());
        assert_ne!(version("x").digest(), version("y").digest());
    }

    #[test]
    fn a_missing_template_is_named() {
        let error =
            ProfileVersion::new("name='p'\ntitle='P'\nscript='a'", BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "template `a` is named in profile.toml, but not there");
    }
}
