//! What the controller computes itself.

use super::{AT_ONCE, Membership, Reader, nameless};
use crate::ldap::{connection::Search, entry::Entry, error::Fault, filter};
use ipxe_orch_core::text::shown;

const ATTRIBUTE: &str = "tokenGroups";

/// All security groups, with the primary group, nested ones and those of the machine (`BUILTIN`). A
/// group of another domain has its SID for a name.
pub(super) async fn groups(reader: Reader<'_>, person: &Entry) -> Result<Membership, Fault> {
    let sids = sids(reader, &person.dn).await?;
    if sids.is_empty() {
        return Err(Fault::stop(format!(
            "`{ATTRIBUTE}` of `{}` cannot be read: add `bind_name` to the group `Windows Authorization \
             Access Group`, or set another `group_strategy`",
            shown(&person.dn),
        )));
    }
    let mut membership = Membership::default();
    for sid in &sids {
        if let Some(group) = nameless(reader.settings, sid) {
            membership.add(group);
        }
    }
    for some in sids.chunks(AT_ONCE) {
        let any: Vec<_> = some.iter().map(|sid| filter::equals("objectSid", sid)).collect();
        for entry in reader.search(filter::any(&any), AT_ONCE).await?.entries {
            membership.add(reader.group(&entry)?);
        }
    }
    Ok(membership)
}

/// The SIDs, which a search of the entry itself computes, and no other search.
pub(in crate::ldap) async fn sids(reader: Reader<'_>, dn: &str) -> Result<Vec<Vec<u8>>, Fault> {
    let search = Search {
        base: dn.to_owned(),
        filter: "(objectClass=*)".to_owned(),
        attributes: vec![ATTRIBUTE.to_owned()],
        deep: false,
        limit: 1,
    };
    let found = reader.at.search(search).await?;
    let Some(entry) = found.entries.first() else { return Ok(Vec::new()) };
    reader.values(entry, ATTRIBUTE).await
}
