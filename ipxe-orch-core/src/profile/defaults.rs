//! Defaults: values for many hosts, namely for all hosts with a profile or for those of them at a
//! site.

use super::Profile;
use crate::{
    host::HostValue,
    keys::SealedFor,
    names::{ProfileName, SiteName, VariableName},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The hosts that defaults are for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DefaultsKey {
    /// Hosts with this profile.
    pub profile: ProfileName,
    /// If given, only those of them at this site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteName>,
}

impl DefaultsKey {
    /// The place for which the secrets of these defaults are sealed.
    pub const fn sealed_for(&self) -> SealedFor<'_> {
        SealedFor::Defaults(&self.profile, self.site.as_ref())
    }
}

/// As `debian-13`, or `debian-13 at muc`.
impl fmt::Display for DefaultsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.site {
            None => write!(f, "{}", self.profile),
            Some(site) => write!(f, "{} at {site}", self.profile),
        }
    }
}

/// The values that hosts with one profile, or those of them at one site, have by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defaults {
    /// The hosts that the values are for.
    #[serde(flatten)]
    pub place: DefaultsKey,
    /// The number of writes. An edit names the generation that it has seen; 0 if there was none.
    pub generation: u64,
    /// The values by variable. Secrets are sealed for this place.
    pub values: BTreeMap<VariableName, HostValue>,
}

impl Defaults {
    /// Empty defaults that were never written.
    pub fn none(place: DefaultsKey) -> Self {
        Self { place, generation: 0, values: BTreeMap::new() }
    }
}

/// The values that a host of `site` gets besides its own ones, each with the place where it is set.
/// The value of the site comes before the value for all hosts. Only variables of the profile are
/// included.
pub fn inherited<'a>(
    profile: &Profile,
    site: Option<&SiteName>,
    own: &BTreeMap<VariableName, HostValue>,
    defaults: &'a [Defaults],
) -> BTreeMap<&'a VariableName, (&'a DefaultsKey, &'a HostValue)> {
    let of = |wanted: Option<&SiteName>| {
        defaults
            .iter()
            .find(|one| one.place.profile == profile.name && one.place.site.as_ref() == wanted)
    };
    let at_site = site.and_then(|site| of(Some(site)));
    let mut inherited = BTreeMap::new();
    for layer in of(None).into_iter().chain(at_site) {
        let wanted =
            |name: &VariableName| profile.variables.contains_key(name) && !own.contains_key(name);
        let values = layer.values.iter().filter(|(name, _)| wanted(name));
        inherited.extend(values.map(|(name, value)| (name, (&layer.place, value))));
    }
    inherited
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[(&str, &str)]) -> BTreeMap<VariableName, HostValue> {
        values.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn defaults(profile: &str, site: Option<&str>, given: &[(&str, &str)]) -> Defaults {
        let site = site.map(|site| site.parse().unwrap());
        let place = DefaultsKey { profile: profile.parse().unwrap(), site };
        Defaults { place, generation: 1, values: values(given) }
    }

    #[test]
    fn the_nearest_value_counts() {
        let variable = |name: &str| format!("[variables.{name}]\ntitle='V'\ntype='text'\n");
        let variables: String = ["a", "b", "c", "d"].map(variable).concat();
        let profile = format!("name='p'\ntitle='P'\nscript='s'\n{variables}");
        let profile: Profile = profile.parse().unwrap();
        let all = [
            defaults("p", None, &[("a", "all"), ("b", "all"), ("c", "all"), ("gone", "all")]),
            defaults("p", Some("muc"), &[("b", "muc"), ("c", "muc")]),
            defaults("p", Some("ber"), &[("d", "ber")]),
            defaults("q", None, &[("d", "q")]),
        ];
        let own = values(&[("c", "own")]);
        let told = |site: Option<&str>| {
            let site = site.map(|site| site.parse().unwrap());
            let inherited = inherited(&profile, site.as_ref(), &own, &all);
            let one = |(name, (place, value))| format!("{name}={value} of {place}");
            inherited.into_iter().map(one).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told(None), "a=all of p, b=all of p");
        assert_eq!(told(Some("muc")), "a=all of p, b=muc of p at muc");
        assert_eq!(told(Some("ber")), "a=all of p, b=all of p, d=ber of p at ber");
    }
}
