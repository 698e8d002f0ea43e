//! Finding a person, by the name that somebody typed or by its id.

use super::{
    account,
    connection::{Connection, Search},
    dn::Dn,
    entry::Entry,
    error::{Fault, Trouble},
    filter,
    settings::Settings,
};
use ipxe_orch_core::{
    auth::{Person, PersonId, Refusal},
    text::shown,
};

/// Persons of one name that are read at most. More than one is too many, unless a domain was named.
const NAMESAKES: usize = 20;

/// A person as the directory has it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub entry: Entry,
    /// Without its groups.
    pub person: Person,
    /// Hints to other servers that the search gave.
    pub referrals: usize,
}

/// The person that means this name.
///
/// In Active Directory it is `ann`, `ann@corp.example` or `CORP\ann`. A name of two persons is
/// refused: nobody knows which one typed it.
pub(super) async fn by_name(
    settings: &Settings,
    at: &Connection,
    name: &str,
) -> Result<Found, Trouble> {
    if name.is_empty() || name.chars().count() > 256 || name.chars().any(char::is_control) {
        return Err(Refusal::Credentials.into());
    }
    let (filter, domain) = match name.split_once('\\') {
        Some((domain, user)) if settings.is_ad() => {
            (filter::equals("sAMAccountName", user.as_bytes()), Some(domain_of(at, domain).await?))
        }
        _ => (filter::any(&equal(settings, name)), None),
    };
    let found = search(settings, at, filter).await?;
    let (mut entries, referrals) = (found.entries, found.referrals);
    if let Some(domain) = domain {
        entries.retain(|entry| {
            domain.is_some() && Dn::parse(&entry.dn).map(|dn| dn.domain()) == domain
        });
    }
    match <[Entry; 1]>::try_from(entries) {
        Ok([entry]) => Ok(read(settings, entry, referrals)?),
        Err(entries) if entries.is_empty() => Err(Refusal::Credentials.into()),
        Err(_) => Err(Refusal::Ambiguous.into()),
    }
}

/// The person with this id.
pub(super) async fn by_id(
    settings: &Settings,
    at: &Connection,
    id: &PersonId,
) -> Result<Found, Trouble> {
    let value = (id.realm() == &settings.realm).then(|| settings.person_form().value(id.key()));
    let Some(value) = value.flatten() else { return Err(Refusal::Gone.into()) };
    let found = search(settings, at, filter::equals(&settings.person_id, &value)).await?;
    match <[Entry; 1]>::try_from(found.entries) {
        Ok([entry]) => Ok(read(settings, entry, found.referrals)?),
        Err(entries) if entries.is_empty() => Err(Refusal::Gone.into()),
        Err(_) => Err(Refusal::Ambiguous.into()),
    }
}

fn equal(settings: &Settings, name: &str) -> Vec<String> {
    settings.login.iter().map(|attribute| filter::equals(attribute, name.as_bytes())).collect()
}

async fn search(
    settings: &Settings,
    at: &Connection,
    filter: String,
) -> Result<super::connection::Found, Fault> {
    at.search(Search {
        base: settings.base.clone(),
        filter: filter::all(&[&settings.user_filter, &filter]),
        attributes: attributes(settings),
        deep: true,
        limit: NAMESAKES,
    })
    .await
}

pub(super) fn attributes(settings: &Settings) -> Vec<String> {
    let state: &[&str] = if settings.is_ad() { &account::ACTIVE_DIRECTORY } else { &account::LDAP };
    let mut all: Vec<String> = state.iter().map(|name| (*name).to_owned()).collect();
    all.extend([&settings.name, &settings.display, &settings.person_id].map(String::clone));
    // The SID leads to the primary group.
    all.extend(["objectSid", "memberOf"].map(str::to_owned));
    all.sort();
    all.dedup();
    all
}

fn read(settings: &Settings, entry: Entry, referrals: usize) -> Result<Found, Fault> {
    let id = entry.bytes(&settings.person_id).and_then(|value| settings.person_form().text(value));
    let id = id.and_then(|key| PersonId::new(settings.realm.clone(), key).ok());
    let Some(id) = id else {
        return Err(Fault::stop(format!(
            "`{}` of `{}` cannot be read, or is no id: check `id_attribute` and the rights of `bind_name`",
            settings.person_id,
            shown(&entry.dn),
        )));
    };
    let name = entry.text(&settings.name).unwrap_or(&entry.dn);
    let mut person = Person::new(id, name);
    person.display_name = entry.text(&settings.display).map(str::to_owned);
    Ok(Found { entry, person, referrals })
}

/// The domain of the forest that has this short name (of NetBIOS).
async fn domain_of(at: &Connection, name: &str) -> Result<Option<Dn>, Fault> {
    let root = super::root::read(at).await?;
    let Some(configuration) = root.configuration else { return Ok(None) };
    let names = filter::equals("nETBIOSName", name.as_bytes());
    let found = at
        .search(Search {
            base: format!("CN=Partitions,{configuration}"),
            filter: filter::all(&["(objectClass=crossRef)", &names]),
            attributes: vec!["nCName".to_owned()],
            deep: true,
            limit: 2,
        })
        .await?;
    Ok(found.entries.first().and_then(|entry| Dn::parse(entry.text("nCName")?)))
}
