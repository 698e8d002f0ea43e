//! What a search upwards finds: from the person to its groups, and to theirs.

use super::{AT_ONCE, MOST, Membership, Reader};
use crate::ldap::{entry::Entry, error::Fault, filter, person};
use ipxe_orch_core::text::shown;

/// The rule `LDAP_MATCHING_RULE_IN_CHAIN`.
pub(in crate::ldap) const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// Nested groups, in one search. Those above the primary group are asked for as well.
pub(super) async fn in_chain(reader: Reader<'_>, person: &Entry) -> Result<Membership, Fault> {
    let mut below = vec![person.dn.clone()];
    if reader.settings.is_ad() {
        below.extend(reader.primary(person).await?.map(|group| group.dn));
    }
    let member = &reader.settings.member;
    let any: Vec<_> =
        below.iter().map(|dn| filter::matches(member, IN_CHAIN, dn.as_bytes())).collect();
    let found = reader.search(filter::any(&any), MOST).await?;
    let mut membership = Membership::default();
    for entry in &found.entries {
        membership.add(reader.group(entry)?);
    }
    membership.is_full();
    Ok(membership)
}

/// The groups in `memberOf`, each read for its id.
pub(super) async fn member_of(reader: Reader<'_>, person: &Entry) -> Result<Membership, Fault> {
    let mut membership = Membership::default();
    for value in reader.values(person, "memberOf").await? {
        if membership.is_full() {
            break;
        }
        let Ok(dn) = String::from_utf8(value) else { continue };
        match reader.one(&dn).await? {
            Some(entry) => drop(membership.add(reader.group(&entry)?)),
            None => membership.note(format!(
                "`{}` is left out: it is no group of `group_filter`, or `bind_name` may not read it",
                shown(&dn)
            )),
        }
    }
    Ok(membership)
}

/// The groups of the person, then the groups of those, and so on. A circle of groups ends, because no
/// group is asked for twice.
pub(super) async fn recursive(
    reader: Reader<'_>,
    found: &person::Found,
) -> Result<Membership, Fault> {
    let mut membership = Membership::default();
    let mut level = first(reader, found).await?;
    // Login names have no groups, only persons do.
    let names = reader.settings.has_member_names();
    let depth = if names { 1 } else { reader.settings.max_depth };
    for _ in 0..depth {
        level = above(reader, &level, &mut membership).await?;
        if level.is_empty() || names {
            return Ok(membership);
        }
    }
    if !above(reader, &level, &mut membership.clone()).await?.is_empty() {
        membership.note(format!(
            "groups are more than {depth} deep: those above are left out (`max_depth`)"
        ));
    }
    Ok(membership)
}

/// Adds the groups that have these members, and makes the filters for those above them.
async fn above(
    reader: Reader<'_>,
    level: &[String],
    all: &mut Membership,
) -> Result<Vec<String>, Fault> {
    let mut next = Vec::new();
    for some in level.chunks(AT_ONCE) {
        for entry in reader.search(filter::any(some), MOST).await?.entries {
            if !all.is_full() && all.add(reader.group(&entry)?) {
                next.push(filter::equals(&reader.settings.member, entry.dn.as_bytes()));
            }
        }
    }
    Ok(next)
}

/// The filters for the groups that have the person itself as a member.
async fn first(reader: Reader<'_>, found: &person::Found) -> Result<Vec<String>, Fault> {
    let member = &reader.settings.member;
    if reader.settings.has_member_names() {
        return Ok(vec![filter::equals(member, found.person.name.as_bytes())]);
    }
    let mut all = vec![filter::equals(member, found.entry.dn.as_bytes())];
    if reader.settings.is_ad() {
        let primary = reader.primary(&found.entry).await?;
        all.extend(primary.map(|group| filter::equals(member, group.dn.as_bytes())));
    }
    Ok(all)
}
