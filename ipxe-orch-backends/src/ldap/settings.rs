//! Options that were checked, with all defaults.

use super::{
    dn::Dn,
    error::InvalidDirectory,
    filter,
    ids::Form,
    options::{DirectoryKind, DirectoryOptions, GroupStrategy},
    secret::PasswordSource,
};
use ipxe_orch_core::{names::RealmName, text::shown};
use std::{path::Path, time::Duration};
use url::Url;

/// Users, but not computers.
const AD_USERS: &str = "(&(objectCategory=person)(objectClass=user))";
/// Security groups. Whoever may join a distribution list gets no role by that.
const AD_GROUPS: &str = "(&(objectCategory=group)(groupType:1.2.840.113556.1.4.803:=2147483648))";
const LDAP_USERS: &str = "(|(objectClass=person)(objectClass=account))";
const LDAP_GROUPS: &str = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)\
    (objectClass=groupOfMembers)(objectClass=groupOfURLs)(objectClass=posixGroup))";

/// One server of the directory.
#[derive(Clone, Debug)]
pub(super) struct Controller {
    pub url: Url,
    pub start_tls: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    pub connect: Duration,
    pub operation: Duration,
    pub call: Duration,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub realm: RealmName,
    pub kind: DirectoryKind,
    pub controllers: Vec<Controller>,
    pub deadlines: Deadlines,
    pub base: String,
    pub group_base: String,
    pub bind_name: String,
    pub password: PasswordSource,
    pub user_filter: String,
    pub login: Vec<String>,
    /// The attribute with the name of a person in lists and in the audit.
    pub name: String,
    pub display: String,
    pub strategy: GroupStrategy,
    pub group_filter: String,
    pub member: String,
    pub group_name: String,
    pub person_id: String,
    pub group_id: String,
    pub max_depth: u32,
}

impl Settings {
    /// Checks the options. `credentials` is the folder of systemd's credentials.
    pub(super) fn new(
        options: &DirectoryOptions,
        credentials: Option<&Path>,
    ) -> Result<Self, InvalidDirectory> {
        let is_ad = options.kind == DirectoryKind::ActiveDirectory;
        let login = login(options, is_ad)?;
        let person_id = person_id(options, is_ad)?;
        let base = dn(options, "base_dn", &options.base_dn)?;
        let group_base = options.group_base_dn.as_ref();
        let attribute = |key, value: &Option<String>, default: &str| {
            attribute(options, key, value.as_deref().unwrap_or(default))
        };
        if options.bind_name.trim().is_empty() {
            return Err(wrong(
                options,
                "bind_name",
                "is empty: name an account that may read the directory",
            ));
        }
        Ok(Self {
            realm: options.name.clone(),
            kind: options.kind,
            controllers: controllers(options)?,
            deadlines: deadlines(options)?,
            group_base: group_base
                .map_or(Ok(base.clone()), |text| dn(options, "group_base_dn", text))?,
            base,
            bind_name: options.bind_name.clone(),
            password: PasswordSource::new(options, credentials)?,
            user_filter: checked_filter(
                options,
                "user_filter",
                options.user_filter.as_deref(),
                [LDAP_USERS, AD_USERS],
            )?,
            name: if is_ad {
                "sAMAccountName".to_owned()
            } else {
                login.first().cloned().unwrap_or_default()
            },
            login,
            display: attribute("display_attribute", &options.display_attribute, "displayName")?,
            strategy: strategy(options, is_ad)?,
            group_filter: checked_filter(
                options,
                "group_filter",
                options.group_filter.as_deref(),
                [LDAP_GROUPS, AD_GROUPS],
            )?,
            member: attribute("member_attribute", &options.member_attribute, "member")?,
            group_name: attribute(
                "group_name_attribute",
                &options.group_name_attribute,
                if is_ad { "sAMAccountName" } else { "cn" },
            )?,
            group_id: if is_ad { "objectSid".to_owned() } else { person_id.clone() },
            person_id,
            max_depth: within(options, "max_depth", options.max_depth, 10, 100)?,
        })
    }

    pub(super) fn is_ad(&self) -> bool {
        self.kind == DirectoryKind::ActiveDirectory
    }

    pub(super) fn person_form(&self) -> Form {
        Form::of(&self.person_id)
    }

    /// Whether members are login names and not DNs, as in the schema of POSIX groups.
    pub(super) fn has_member_names(&self) -> bool {
        self.member.eq_ignore_ascii_case("memberUid")
    }
}

fn wrong(
    options: &DirectoryOptions,
    key: &'static str,
    why: impl Into<String>,
) -> InvalidDirectory {
    InvalidDirectory::new(&options.name, key, why)
}

fn controllers(options: &DirectoryOptions) -> Result<Vec<Controller>, InvalidDirectory> {
    if options.urls.is_empty() {
        return Err(wrong(
            options,
            "urls",
            "is empty: name a controller, such as `ldaps://dc1.corp.example`",
        ));
    }
    options.urls.iter().map(|text| controller(options, text)).collect()
}

fn controller(options: &DirectoryOptions, text: &str) -> Result<Controller, InvalidDirectory> {
    let bad = |why: &str| {
        // A URL may hold a password, and so nothing of such a text is shown.
        let name = if text.contains('@') { "one".into() } else { format!("`{}`", shown(text)) };
        wrong(options, "urls", format!("names controllers: {name} {why}"))
    };
    let form = "is no URL of a controller: write `ldaps://dc1.corp.example` or with a port `…:636`";
    let url = Url::parse(text).map_err(|_| bad(form))?;
    let host = url.host_str().unwrap_or_default();
    let more = !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
    if host.is_empty() || more || !url.username().is_empty() || url.password().is_some() {
        return Err(bad(form));
    }
    if host.starts_with('[') {
        return Err(bad(
            "has an IPv6 address, which no certificate check takes here: write a name",
        ));
    }
    match (url.scheme(), options.start_tls) {
        ("ldaps", _) => Ok(Controller { url, start_tls: false }),
        ("ldap", true) => Ok(Controller { url, start_tls: true }),
        ("ldap", false) => {
            Err(bad("would send passwords in clear: write ldaps://, or set `start_tls = true`"))
        }
        _ => Err(bad(form)),
    }
}

fn deadlines(options: &DirectoryOptions) -> Result<Deadlines, InvalidDirectory> {
    let seconds = |key, value, default| {
        within(options, key, value, default, 300).map(u64::from).map(Duration::from_secs)
    };
    Ok(Deadlines {
        connect: seconds("connect_seconds", options.connect_seconds, 3)?,
        operation: seconds("operation_seconds", options.operation_seconds, 5)?,
        call: seconds("call_seconds", options.call_seconds, 15)?,
    })
}

fn within(
    options: &DirectoryOptions,
    key: &'static str,
    value: Option<u32>,
    default: u32,
    most: u32,
) -> Result<u32, InvalidDirectory> {
    match value.unwrap_or(default) {
        value if (1..=most).contains(&value) => Ok(value),
        value => Err(wrong(options, key, format!("is {value}: write a number from 1 to {most}"))),
    }
}

fn dn(
    options: &DirectoryOptions,
    key: &'static str,
    text: &str,
) -> Result<String, InvalidDirectory> {
    let is_dn = !text.trim().is_empty() && Dn::parse(text).is_some();
    let why = || format!("`{}` is not a DN: write for example `DC=corp,DC=example`", shown(text));
    is_dn.then(|| text.to_owned()).ok_or_else(|| wrong(options, key, why()))
}

fn attribute(
    options: &DirectoryOptions,
    key: &'static str,
    text: &str,
) -> Result<String, InvalidDirectory> {
    let why = || format!("`{}` is not the name of an attribute", shown(text));
    filter::is_attribute(text).then(|| text.to_owned()).ok_or_else(|| wrong(options, key, why()))
}

fn login(options: &DirectoryOptions, is_ad: bool) -> Result<Vec<String>, InvalidDirectory> {
    let default: &[&str] = if is_ad { &["sAMAccountName", "userPrincipalName"] } else { &["uid"] };
    let default = || default.iter().map(|name| (*name).to_owned()).collect();
    let all = options.login_attributes.clone().unwrap_or_else(default);
    if all.is_empty() {
        return Err(wrong(
            options,
            "login_attributes",
            "is empty: name one, such as `uid`, or leave it out",
        ));
    }
    all.iter().map(|name| attribute(options, "login_attributes", name)).collect()
}

/// SIDs and GUIDs are bytes that only Active Directory has.
fn person_id(options: &DirectoryOptions, is_ad: bool) -> Result<String, InvalidDirectory> {
    let default = if is_ad { "objectSid" } else { "entryUUID" };
    let name =
        attribute(options, "id_attribute", options.id_attribute.as_deref().unwrap_or(default))?;
    let why = match (is_ad, Form::of(&name)) {
        (true, Form::Text) => "must be `objectSid` or `objectGUID` in Active Directory",
        (false, Form::Sid | Form::Guid) => {
            "is of Active Directory: write `entryUUID`, or set `kind`"
        }
        _ => return Ok(name),
    };
    Err(wrong(options, "id_attribute", why))
}

fn strategy(options: &DirectoryOptions, is_ad: bool) -> Result<GroupStrategy, InvalidDirectory> {
    let default = if is_ad { GroupStrategy::TokenGroups } else { GroupStrategy::Recursive };
    let strategy = options.group_strategy.unwrap_or(default);
    let of_catalogue = |text: &String| text.contains(":3268") || text.contains(":3269");
    let names = options
        .member_attribute
        .as_ref()
        .is_some_and(|name| name.eq_ignore_ascii_case("memberUid"));
    let why = match strategy {
        GroupStrategy::TokenGroups if !is_ad => {
            "is `token_groups`, which only Active Directory has: write `recursive` or `member_of`"
        }
        GroupStrategy::TokenGroups if options.urls.iter().any(of_catalogue) => {
            "is `token_groups`, which the global catalogue (ports 3268 and 3269) does not have: \
             write port 636 into `urls`, or choose another strategy"
        }
        GroupStrategy::TokenGroups if options.group_filter.is_some() => {
            "is `token_groups`, which takes no `group_filter`: choose another strategy, or leave it out"
        }
        GroupStrategy::InChain if names => {
            "is `in_chain`, which needs members that are DNs, not `memberUid`: write `recursive`"
        }
        _ => return Ok(strategy),
    };
    Err(wrong(options, "group_strategy", why))
}

fn checked_filter(
    options: &DirectoryOptions,
    key: &'static str,
    text: Option<&str>,
    [ldap, ad]: [&'static str; 2],
) -> Result<String, InvalidDirectory> {
    let default = if options.kind == DirectoryKind::ActiveDirectory { ad } else { ldap };
    let text = text.unwrap_or(default).trim();
    let why =
        || format!("`{}` is not a filter: write for example `(objectClass=person)`", shown(text));
    filter::is_filter(text).then(|| text.to_owned()).ok_or_else(|| wrong(options, key, why()))
}
