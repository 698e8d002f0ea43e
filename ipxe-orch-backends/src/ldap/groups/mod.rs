//! The groups of a person, by one of the strategies.

mod above;
mod token;

pub(super) use above::IN_CHAIN;
pub(super) use token::sids as token_sids;

use super::{
    connection::{Connection, Found, Search},
    entry::Entry,
    error::Fault,
    filter,
    ids::{Form, sibling, sid},
    options::GroupStrategy,
    person,
    settings::Settings,
};
use ipxe_orch_core::{
    auth::{Group, GroupId},
    text::shown,
};
use std::collections::BTreeMap;

/// Groups of one person that are read at most.
const MOST: usize = 5_000;
/// Values that one filter asks for at most, so that it stays short enough for all servers.
pub(super) const AT_ONCE: usize = 25;

/// The groups of a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Membership {
    /// By their ids.
    all: BTreeMap<GroupId, String>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

impl Membership {
    pub(super) fn groups(self) -> Vec<Group> {
        self.all.into_iter().map(|(id, name)| Group { id, name }).collect()
    }

    /// Whether it is new.
    fn add(&mut self, group: Group) -> bool {
        self.all.insert(group.id, group.name).is_none()
    }

    fn is_full(&mut self) -> bool {
        let full = self.all.len() >= MOST;
        if full {
            self.note(format!("more than {MOST} groups: the others are left out"));
        }
        full
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Reads groups on one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub settings: &'a Settings,
    pub at: &'a Connection,
}

impl Reader<'_> {
    /// The groups of the person. What was left out is told in the log as well.
    pub(super) async fn of(
        self,
        found: &person::Found,
        strategy: GroupStrategy,
    ) -> Result<Membership, Fault> {
        let mut membership = match strategy {
            GroupStrategy::TokenGroups => token::groups(self, &found.entry).await?,
            GroupStrategy::InChain => above::in_chain(self, &found.entry).await?,
            GroupStrategy::MemberOf => above::member_of(self, &found.entry).await?,
            GroupStrategy::Recursive => above::recursive(self, found).await?,
        };
        let of_domain = strategy != GroupStrategy::TokenGroups && self.settings.is_ad();
        if of_domain && let Some(group) = self.primary(&found.entry).await? {
            membership.add(self.group(&group)?);
        }
        for note in &membership.notes {
            tracing::warn!(realm = %self.settings.realm, person = %found.person.id, "groups: {note}");
        }
        Ok(membership)
    }

    /// The primary group, which is neither in `member` nor in `memberOf`.
    async fn primary(self, person: &Entry) -> Result<Option<Entry>, Fault> {
        let rid = person.number("primaryGroupID");
        let group = rid.zip(person.bytes("objectSid")).and_then(|(rid, of)| sibling(of, rid));
        let Some(group) = group else { return Ok(None) };
        let found = self.search(filter::equals("objectSid", &group), 1).await?;
        Ok(found.entries.into_iter().next())
    }

    /// Groups that fit the filter.
    pub(super) async fn search(self, filter: String, limit: usize) -> Result<Found, Fault> {
        let base = self.settings.group_base.clone();
        let filter = filter::all(&[&self.settings.group_filter, &filter]);
        self.at
            .search(Search { base, filter, attributes: self.attributes(), deep: true, limit })
            .await
    }

    /// One entry, if it is a group.
    async fn one(self, dn: &str) -> Result<Option<Entry>, Fault> {
        let filter = self.settings.group_filter.clone();
        let search = Search {
            base: dn.to_owned(),
            filter,
            attributes: self.attributes(),
            deep: false,
            limit: 1,
        };
        match self.at.search(search).await {
            Ok(found) => Ok(found.entries.into_iter().next()),
            // It is gone, elsewhere, or may not be read.
            Err(fault) if matches!(fault.code, Some(10 | 32 | 34 | 50)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn attributes(self) -> Vec<String> {
        let mut all =
            vec![self.settings.group_id.clone(), self.settings.group_name.clone(), "cn".to_owned()];
        all.sort();
        all.dedup();
        all
    }

    /// The group of an entry.
    pub(super) fn group(self, entry: &Entry) -> Result<Group, Fault> {
        let key = entry.bytes(&self.settings.group_id);
        let key = key.and_then(|value| Form::of(&self.settings.group_id).text(value));
        let id = key.and_then(|key| GroupId::new(self.settings.realm.clone(), key).ok());
        let Some(id) = id else {
            return Err(Fault::stop(format!(
                "`{}` of the group `{}` cannot be read, or is no id: check `id_attribute` and the rights of `bind_name`",
                self.settings.group_id,
                shown(&entry.dn),
            )));
        };
        let name = entry.text(&self.settings.group_name).or_else(|| entry.text("cn"));
        Ok(Group { id, name: name.unwrap_or(&entry.dn).to_owned() })
    }

    /// All values of an attribute, also if the server gives them in parts (`memberOf;range=0-1499`).
    pub(super) async fn values(
        self,
        entry: &Entry,
        attribute: &str,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        let mut all = entry.values(attribute).to_vec();
        let mut part = entry.range(attribute).map(|part| (part.values.to_vec(), part.next));
        while let Some((values, next)) = part.take() {
            all.extend(values);
            let Some(from) = next.filter(|_| all.len() < 100_000) else { break };
            let search = Search {
                base: entry.dn.clone(),
                filter: "(objectClass=*)".to_owned(),
                attributes: vec![format!("{attribute};range={from}-*")],
                deep: false,
                limit: 1,
            };
            let found = self.at.search(search).await?;
            let found = found.entries.first().and_then(|entry| entry.range(attribute));
            part = found.map(|part| (part.values.to_vec(), part.next.filter(|next| *next > from)));
        }
        Ok(all)
    }
}

/// The group with this SID of which nothing else is known.
fn nameless(settings: &Settings, value: &[u8]) -> Option<Group> {
    let text = sid(value)?;
    let id = GroupId::new(settings.realm.clone(), text.clone()).ok()?;
    Some(Group { id, name: text })
}
