//! What a server says about itself in its root entry (RFC 4512 section 5.1).

use super::{
    connection::{Connection, Search},
    error::Fault,
    options::DirectoryKind,
    settings::Settings,
};

/// Active Directory with domains.
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
/// Long answers in pages (RFC 2696).
pub(super) const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";

/// The root entry of a server. All in it is foreign text.
#[derive(Clone, Debug, Default)]
pub(super) struct Root {
    pub is_ad: bool,
    pub host: Option<String>,
    pub vendor: Option<String>,
    pub contexts: Vec<String>,
    pub configuration: Option<String>,
    pub controls: Vec<String>,
}

pub(super) async fn read(at: &Connection) -> Result<Root, Fault> {
    const ATTRIBUTES: [&str; 6] = [
        "supportedCapabilities",
        "dnsHostName",
        "vendorName",
        "namingContexts",
        "configurationNamingContext",
        "supportedControl",
    ];
    let found = at
        .search(Search {
            base: String::new(),
            filter: "(objectClass=*)".to_owned(),
            attributes: ATTRIBUTES.map(str::to_owned).to_vec(),
            deep: false,
            limit: 1,
        })
        .await?;
    let entry = found.entries.into_iter().next().unwrap_or_default();
    let text = |name| entry.text(name).map(str::to_owned);
    let all = |name| {
        let values = entry.values(name).iter();
        values.filter_map(|value| String::from_utf8(value.clone()).ok()).collect()
    };
    Ok(Root {
        is_ad: entry.has("supportedCapabilities", ACTIVE_DIRECTORY),
        host: text("dnsHostName"),
        vendor: text("vendorName"),
        contexts: all("namingContexts"),
        configuration: text("configurationNamingContext"),
        controls: all("supportedControl"),
    })
}

impl Root {
    /// Whether the server is what the settings say.
    pub(super) fn check(&self, settings: &Settings) -> Result<(), Fault> {
        match (settings.kind, self.is_ad) {
            (DirectoryKind::ActiveDirectory, false) => Err(Fault::stop(
                "the server is not an Active Directory, and shows nothing of who is disabled: set `kind = \"ldap\"`",
            )),
            (DirectoryKind::Ldap, true) => Err(Fault::stop(
                "the server is an Active Directory, whose disabled and expired accounts are not seen \
                 otherwise: set `kind = \"active_directory\"`",
            )),
            _ => Ok(()),
        }
    }
}
