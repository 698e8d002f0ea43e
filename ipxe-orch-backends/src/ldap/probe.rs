//! Whether the group strategy works at a server. Some answer without an error and without groups:
//! OpenLDAP does for `in_chain`, and for `member_of` without its overlay.

use super::{
    connection::Search,
    error::Fault,
    filter,
    groups::{IN_CHAIN, Reader, token_sids},
    options::GroupStrategy,
    person, root,
};
use ipxe_orch_core::auth::Group;

/// What a probe has shown. If the strategy does not work, that is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Works,
    /// There is no group with a member yet with which it could be shown.
    Nothing,
}

/// Asks the server whether it is what the settings say, and whether their strategy works.
pub(super) async fn prove(reader: Reader<'_>) -> Result<Proof, Fault> {
    root::read(reader.at).await?.check(reader.settings)?;
    strategy(reader, reader.settings.strategy).await
}

/// Whether this strategy works.
pub(super) async fn strategy(reader: Reader<'_>, strategy: GroupStrategy) -> Result<Proof, Fault> {
    match strategy {
        GroupStrategy::TokenGroups => token_groups(reader).await,
        GroupStrategy::InChain => in_chain(reader).await,
        GroupStrategy::MemberOf => member_of(reader).await,
        GroupStrategy::Recursive => Ok(Proof::Works),
    }
}

/// Some person must have them. The bind account may always read its own.
async fn token_groups(reader: Reader<'_>) -> Result<Proof, Fault> {
    let mut others = 0;
    for dn in persons(reader, "(objectClass=*)").await? {
        if !token_sids(reader, &dn).await?.is_empty() {
            return Ok(Proof::Works);
        }
        others += 1;
    }
    // One may be the bind account itself, another one the administrator, who is protected.
    if others < 4 {
        return Ok(Proof::Nothing);
    }
    Err(broken(
        GroupStrategy::TokenGroups,
        "`tokenGroups` of persons cannot be read: add `bind_name` to the group `Windows Authorization Access Group`",
    ))
}

async fn in_chain(reader: Reader<'_>) -> Result<Proof, Fault> {
    let Some(member) = member(reader).await? else { return Ok(Proof::Nothing) };
    let chain = filter::matches(&reader.settings.member, IN_CHAIN, &member);
    if reader.search(chain, 1).await?.entries.is_empty() {
        let why = "the server answers it without an error and without groups: set `recursive`, or \
                   `member_of` if `memberOf` has nested groups";
        return Err(broken(GroupStrategy::InChain, why));
    }
    Ok(Proof::Works)
}

async fn member_of(reader: Reader<'_>) -> Result<Proof, Fault> {
    if !persons(reader, "(memberOf=*)").await?.is_empty() {
        return Ok(Proof::Works);
    }
    let Some(member) = member(reader).await? else { return Ok(Proof::Nothing) };
    let dn = String::from_utf8_lossy(&member).into_owned();
    let filter = reader.settings.user_filter.clone();
    let attributes = person::attributes(reader.settings);
    let search = Search { base: dn, filter, attributes, deep: false, limit: 1 };
    match reader.at.search(search).await {
        Ok(found)
            if found.entries.first().is_some_and(|entry| entry.values("memberOf").is_empty()) =>
        {
            let why = "a member of a group has no `memberOf`: switch the overlay `memberof` or `dynlist` \
                       on, or set `recursive`";
            Err(broken(GroupStrategy::MemberOf, why))
        }
        Ok(found) if found.entries.is_empty() => Ok(Proof::Nothing),
        Ok(_) => Ok(Proof::Works),
        Err(fault) if fault.next => Err(fault),
        Err(_) => Ok(Proof::Nothing),
    }
}

fn broken(strategy: GroupStrategy, why: &str) -> Fault {
    Fault::stop(format!("`group_strategy = \"{}\"` does not work here: {why}", strategy.as_str()))
}

/// Some persons.
async fn persons(reader: Reader<'_>, filter: &str) -> Result<Vec<String>, Fault> {
    let settings = reader.settings;
    let search = Search {
        base: settings.base.clone(),
        filter: filter::all(&[&settings.user_filter, filter]),
        attributes: vec!["objectClass".to_owned()],
        deep: true,
        limit: 5,
    };
    let found = reader.at.search(search).await?;
    Ok(found.entries.into_iter().map(|entry| entry.dn).collect())
}

/// A member of some group.
async fn member(reader: Reader<'_>) -> Result<Option<Vec<u8>>, Fault> {
    let settings = reader.settings;
    let has_member = format!("({}=*)", settings.member);
    let search = Search {
        base: settings.group_base.clone(),
        filter: filter::all(&[&settings.group_filter, &has_member]),
        attributes: vec![settings.member.clone()],
        deep: true,
        limit: 5,
    };
    for entry in reader.at.search(search).await?.entries {
        let part = entry.range(&settings.member).map_or(&[][..], |part| part.values);
        if let Some(member) =
            entry.bytes(&settings.member).or_else(|| part.first().map(Vec::as_slice))
        {
            return Ok(Some(member.to_vec()));
        }
    }
    Ok(None)
}

/// The groups of this name.
pub(super) async fn group(reader: Reader<'_>, name: &str) -> Result<Vec<Group>, Fault> {
    let names = [&reader.settings.group_name, "cn"]
        .map(|attribute| filter::equals(attribute, name.as_bytes()));
    let found = reader.search(filter::any(&names), 100).await?;
    found.entries.iter().map(|entry| reader.group(entry)).collect()
}
