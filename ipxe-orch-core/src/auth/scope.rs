//! The hosts for which a grant holds.

use crate::{
    ids::{AttemptId, HostId},
    names::{LabelKey, LabelValue, SiteName},
};
use std::collections::BTreeMap;

/// The hosts for which a grant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All hosts.
    All,
    /// The hosts of one site.
    Site(SiteName),
    /// The hosts that have all these labels.
    Labels(BTreeMap<LabelKey, LabelValue>),
    /// One host.
    Host(HostId),
    /// The host to which this attempt was offered.
    Attempt(AttemptId),
    /// The hosts of any of these scopes. An empty list covers no host.
    AnyOf(Vec<Self>),
    /// The hosts that are in all of these scopes. An empty list covers no host either, so that a
    /// list which somebody forgot to fill allows nothing.
    AllOf(Vec<Self>),
}

/// The properties of a host that a scope is compared with.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct HostRef<'a> {
    pub id: HostId,
    pub site: Option<&'a SiteName>,
    pub labels: &'a BTreeMap<LabelKey, LabelValue>,
    /// The latest attempt; [`Grant::covers_attempt`](super::Grant::covers_attempt) asks for another
    /// one.
    pub attempt: Option<AttemptId>,
}

impl Scope {
    /// Whether this host is in the scope.
    pub fn covers<'a>(&self, host: impl Into<HostRef<'a>>) -> bool {
        let host = host.into();
        match self {
            Self::All => true,
            Self::Site(site) => host.site == Some(site),
            Self::Labels(wanted) => {
                wanted.iter().all(|(key, value)| host.labels.get(key) == Some(value))
            }
            Self::Host(id) => *id == host.id,
            Self::Attempt(id) => host.attempt == Some(*id),
            Self::AnyOf(scopes) => scopes.iter().any(|scope| scope.covers(host)),
            Self::AllOf(scopes) => all(scopes, |scope| scope.covers(host)),
        }
    }

    /// The hosts that are in this scope and in another one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (own, other) if other.is_all() || own == other => own,
            (own, other) if own.is_all() => other,
            (Self::AllOf(mut scopes), other) if !scopes.is_empty() => {
                if !scopes.contains(&other) {
                    scopes.push(other);
                }
                Self::AllOf(scopes)
            }
            (own, other) => Self::AllOf(vec![own, other]),
        }
    }

    /// Whether all hosts are in the scope.
    pub fn is_all(&self) -> bool {
        match self {
            Self::All => true,
            Self::AnyOf(scopes) => scopes.iter().any(Self::is_all),
            Self::AllOf(scopes) => all(scopes, Self::is_all),
            _ => false,
        }
    }

    /// Whether all hosts of this site are in the scope. Without a site: whether all hosts are.
    pub fn is_all_of(&self, site: Option<&SiteName>) -> bool {
        match (self, site) {
            (Self::Site(own), Some(site)) => own == site,
            (Self::AnyOf(scopes), _) => scopes.iter().any(|scope| scope.is_all_of(site)),
            (Self::AllOf(scopes), _) => all(scopes, |scope| scope.is_all_of(site)),
            _ => self.is_all(),
        }
    }

    /// Whether a host of this site may be in the scope. It is `false` only for a scope of other
    /// sites, because labels and ids say nothing about the site.
    pub fn may_have(&self, site: &SiteName) -> bool {
        match self {
            Self::Site(own) => own == site,
            Self::AnyOf(scopes) => scopes.iter().any(|scope| scope.may_have(site)),
            Self::AllOf(scopes) => all(scopes, |scope| scope.may_have(site)),
            _ => true,
        }
    }

    /// Whether it is the scope of this attempt's ticket.
    pub fn is_of_attempt(&self, attempt: AttemptId) -> bool {
        *self == Self::Attempt(attempt)
    }
}

/// Whether all of them are so, and there is one.
fn all(scopes: &[Scope], is: impl Fn(&Scope) -> bool) -> bool {
    !scopes.is_empty() && scopes.iter().all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str) -> SiteName {
        name.parse().unwrap()
    }

    #[test]
    fn any_of_several_scopes_is_enough() {
        let (north, south, east) = (site("north"), site("south"), site("east"));
        let both = Scope::AnyOf(vec![Scope::Site(north.clone()), Scope::Site(south.clone())]);
        let labels = BTreeMap::new();
        let id = HostId::from_bytes([1; 16]);
        let at = |site| HostRef { id, site, labels: &labels, attempt: None };
        assert!(both.covers(at(Some(&north))) && both.covers(at(Some(&south))));
        assert!(!both.covers(at(Some(&east))) && !both.covers(at(None)));
        assert!(both.is_all_of(Some(&south)) && !both.is_all_of(None) && !both.is_all());
        assert!(both.may_have(&north) && !both.may_have(&east));
        let none = Scope::AnyOf(Vec::new());
        assert!(!none.covers(at(Some(&north))) && !none.is_all() && !none.may_have(&north));
        assert!(Scope::AnyOf(vec![none, Scope::All]).is_all());
    }

    #[test]
    fn all_of_several_scopes_are_needed() {
        let (north, south) = (site("north"), site("south"));
        let web = BTreeMap::from([("role".parse().unwrap(), "web".parse().unwrap())]);
        let both = Scope::AllOf(vec![Scope::Site(north.clone()), Scope::Labels(web.clone())]);
        let (none, id) = (BTreeMap::new(), HostId::from_bytes([1; 16]));
        let at = |site, labels| HostRef { id, site: Some(site), labels, attempt: None };
        assert!(both.covers(at(&north, &web)));
        assert!(!both.covers(at(&north, &none)) && !both.covers(at(&south, &web)));
        assert!(!both.is_all() && !both.is_all_of(Some(&north)));
        assert!(both.may_have(&north) && !both.may_have(&south));
        let sites = [&north, &south].map(|site| Scope::Site(site.clone()));
        assert!(!Scope::AllOf(sites.to_vec()).may_have(&north));
        let whole = Scope::AllOf(vec![Scope::All, Scope::AnyOf(vec![Scope::All])]);
        assert!(whole.is_all() && whole.is_all_of(None) && whole.covers(at(&south, &none)));
        let own = Scope::AllOf(vec![Scope::All, Scope::Site(north.clone())]);
        assert!(own.is_all_of(Some(&north)) && !own.is_all_of(Some(&south)) && !own.is_all());
        let empty = Scope::AllOf(Vec::new());
        assert!(!empty.covers(at(&north, &web)) && !empty.may_have(&north));
        assert!(!empty.is_all() && !empty.is_all_of(Some(&north)) && !empty.is_all_of(None));
    }

    #[test]
    fn a_scope_and_another_one_is_written_shortly() {
        let [north, south] = ["north", "south"].map(|name| Scope::Site(site(name)));
        assert_eq!(Scope::All.and(north.clone()), north);
        assert_eq!(north.clone().and(Scope::All), north);
        assert_eq!(north.clone().and(north.clone()), north);
        let both = Scope::AllOf(vec![north.clone(), south.clone()]);
        assert_eq!(north.clone().and(south.clone()), both);
        assert_eq!(both.clone().and(south), both);
        let nothing = Scope::AllOf(Vec::new()).and(north.clone());
        assert_eq!(nothing, Scope::AllOf(vec![Scope::AllOf(Vec::new()), north]));
        assert!(!nothing.may_have(&site("north")));
    }
}
