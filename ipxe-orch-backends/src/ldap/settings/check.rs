//! Whether each option can be used. Each error names the key and the remedy.

use super::{Controller, Deadlines};
use crate::ldap::{
    dn::Dn,
    error::InvalidDirectory,
    filter,
    ids::Form,
    options::{DirectoryKind, DirectoryOptions, GroupStrategy},
};
use ipxe_orch_core::text::shown;
use std::time::Duration;
use url::Url;

/// Users, but not computers.
const AD_USERS: &str = "(&(objectCategory=person)(objectClass=user))";
/// Security groups. Whoever may join a distribution list gets no role by that.
const AD_GROUPS: &str = "(&(objectCategory=group)(groupType:1.2.840.113556.1.4.803:=2147483648))";
const LDAP_USERS: &str = "(|(objectClass=person)(objectClass=account))";
const LDAP_GROUPS: &str = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)\
    (objectClass=groupOfMembers)(objectClass=groupOfURLs)(objectClass=posixGroup))";

type Checked<T> = Result<T, InvalidDirectory>;

/// The options that are checked.
#[derive(Clone, Copy)]
pub(super) struct Check<'a> {
    options: &'a DirectoryOptions,
    is_ad: bool,
}

impl<'a> Check<'a> {
    pub(super) fn of(options: &'a DirectoryOptions) -> Self {
        Self { options, is_ad: options.kind == DirectoryKind::ActiveDirectory }
    }

    fn wrong(self, key: &'static str, why: impl Into<String>) -> InvalidDirectory {
        InvalidDirectory::new(&self.options.name, key, why)
    }

    pub(super) fn controllers(self) -> Checked<Vec<Controller>> {
        if self.options.urls.is_empty() {
            let why = "is empty: name a controller, such as `ldaps://dc1.corp.example`";
            return Err(self.wrong("urls", why));
        }
        self.options.urls.iter().map(|text| self.controller(text)).collect()
    }

    fn controller(self, text: &str) -> Checked<Controller> {
        let bad = |why: &str| {
            // A URL may hold a password, and so nothing of such a text is shown.
            let name = if text.contains('@') { "one".into() } else { format!("`{}`", shown(text)) };
            self.wrong("urls", format!("names controllers: {name} {why}"))
        };
        let form =
            "is no URL of a controller: write `ldaps://dc1.corp.example`, or with a port `…:636`";
        let url = Url::parse(text).map_err(|_| bad(form))?;
        let host = url.host_str().unwrap_or_default();
        let more = !matches!(url.path(), "" | "/") || url.query().or(url.fragment()).is_some();
        if host.is_empty() || more || !url.username().is_empty() || url.password().is_some() {
            return Err(bad(form));
        }
        if host.starts_with('[') {
            return Err(bad("has an IPv6 address, which cannot be checked here: write a name"));
        }
        if self.is_ad && matches!(url.port(), Some(3268 | 3269)) {
            let why = "is a global catalogue, which knows neither `tokenGroups` nor who has \
                       expired: write port 636, and a `[[directory]]` for each domain";
            return Err(bad(why));
        }
        match (url.scheme(), self.options.start_tls) {
            ("ldaps", _) => Ok(Controller { url, start_tls: false }),
            ("ldap", true) => Ok(Controller { url, start_tls: true }),
            ("ldap", false) => {
                Err(bad("would send passwords in clear: write ldaps://, or set `start_tls = true`"))
            }
            _ => Err(bad(form)),
        }
    }

    pub(super) fn deadlines(self) -> Checked<Deadlines> {
        let seconds = |key, value, default| {
            self.within(key, value, default, 300).map(u64::from).map(Duration::from_secs)
        };
        Ok(Deadlines {
            connect: seconds("connect_seconds", self.options.connect_seconds, 3)?,
            operation: seconds("operation_seconds", self.options.operation_seconds, 5)?,
            call: seconds("call_seconds", self.options.call_seconds, 15)?,
        })
    }

    pub(super) fn within(
        self,
        key: &'static str,
        value: Option<u32>,
        default: u32,
        most: u32,
    ) -> Checked<u32> {
        match value.unwrap_or(default) {
            value if (1..=most).contains(&value) => Ok(value),
            value => Err(self.wrong(key, format!("is {value}: write a number from 1 to {most}"))),
        }
    }

    pub(super) fn bind_name(self) -> Checked<String> {
        let name = &self.options.bind_name;
        let none =
            || self.wrong("bind_name", "is empty: name an account that may read the directory");
        (!name.trim().is_empty()).then(|| name.clone()).ok_or_else(none)
    }

    pub(super) fn dn(self, key: &'static str, text: &str) -> Checked<String> {
        if !text.trim().is_empty() && Dn::parse(text).is_some() {
            return Ok(text.to_owned());
        }
        let why = format!("`{}` is not a DN: write for example `DC=corp,DC=example`", shown(text));
        Err(self.wrong(key, why))
    }

    pub(super) fn group_base(self) -> Checked<String> {
        match &self.options.group_base_dn {
            Some(text) => self.dn("group_base_dn", text),
            None => self.dn("base_dn", &self.options.base_dn),
        }
    }

    fn attribute(self, key: &'static str, text: &str) -> Checked<String> {
        if filter::is_attribute(text) {
            return Ok(text.to_owned());
        }
        Err(self.wrong(key, format!("`{}` is not the name of an attribute", shown(text))))
    }

    pub(super) fn display(self) -> Checked<String> {
        let name = self.options.display_attribute.as_deref();
        self.attribute("display_attribute", name.unwrap_or("displayName"))
    }

    pub(super) fn member(self) -> Checked<String> {
        let name = self.options.member_attribute.as_deref();
        self.attribute("member_attribute", name.unwrap_or("member"))
    }

    pub(super) fn group_name(self) -> Checked<String> {
        let default = if self.is_ad { "sAMAccountName" } else { "cn" };
        let name = self.options.group_name_attribute.as_deref();
        self.attribute("group_name_attribute", name.unwrap_or(default))
    }

    pub(super) fn login(self) -> Checked<Vec<String>> {
        let key = "login_attributes";
        let default: &[&str] =
            if self.is_ad { &["sAMAccountName", "userPrincipalName"] } else { &["uid"] };
        let default = || default.iter().map(|name| (*name).to_owned()).collect();
        let all = self.options.login_attributes.clone().unwrap_or_else(default);
        if all.is_empty() {
            return Err(self.wrong(key, "is empty: name one, such as `uid`, or leave it out"));
        }
        all.iter().map(|name| self.attribute(key, name)).collect()
    }

    /// The attribute with the name for the audit.
    pub(super) fn name(self, login: &[String]) -> String {
        let first = login.first().filter(|_| !self.is_ad);
        first.cloned().unwrap_or_else(|| "sAMAccountName".to_owned())
    }

    /// SIDs and GUIDs are bytes that only Active Directory has.
    pub(super) fn person_id(self) -> Checked<String> {
        let default = if self.is_ad { "objectSid" } else { "entryUUID" };
        let name = self.options.id_attribute.as_deref().unwrap_or(default);
        let name = self.attribute("id_attribute", name)?;
        let why = match (self.is_ad, Form::of(&name)) {
            (true, Form::Text) => "must be `objectSid` or `objectGUID` in Active Directory",
            (false, Form::Sid | Form::Guid) => {
                "is of Active Directory: write `entryUUID`, or set `kind`"
            }
            _ => return Ok(name),
        };
        Err(self.wrong("id_attribute", why))
    }

    /// Roles are bound to SIDs, which `tokenGroups` gives as well.
    pub(super) fn group_id(self, person_id: &str) -> String {
        if self.is_ad { "objectSid".to_owned() } else { person_id.to_owned() }
    }

    pub(super) fn strategy(self) -> Checked<GroupStrategy> {
        let default =
            if self.is_ad { GroupStrategy::TokenGroups } else { GroupStrategy::Recursive };
        let strategy = self.options.group_strategy.unwrap_or(default);
        let members = self.options.member_attribute.as_deref().unwrap_or_default();
        let why = match strategy {
            GroupStrategy::TokenGroups if !self.is_ad => {
                "is `token_groups`, which only Active Directory has: write `recursive` or `member_of`"
            }
            GroupStrategy::TokenGroups if self.options.group_filter.is_some() => {
                "is `token_groups`, which takes no `group_filter`: choose another strategy, or \
                 leave it out"
            }
            GroupStrategy::InChain if members.eq_ignore_ascii_case("memberUid") => {
                "is `in_chain`, which needs members that are DNs, not `memberUid`: write `recursive`"
            }
            _ => return Ok(strategy),
        };
        Err(self.wrong("group_strategy", why))
    }

    pub(super) fn user_filter(self) -> Checked<String> {
        let default = if self.is_ad { AD_USERS } else { LDAP_USERS };
        self.filter("user_filter", self.options.user_filter.as_deref().unwrap_or(default))
    }

    pub(super) fn group_filter(self) -> Checked<String> {
        let default = if self.is_ad { AD_GROUPS } else { LDAP_GROUPS };
        self.filter("group_filter", self.options.group_filter.as_deref().unwrap_or(default))
    }

    fn filter(self, key: &'static str, text: &str) -> Checked<String> {
        if filter::is_filter(text.trim()) {
            return Ok(text.trim().to_owned());
        }
        let why = "is not a filter: write for example `(objectClass=person)`";
        Err(self.wrong(key, format!("`{}` {why}", shown(text))))
    }
}
