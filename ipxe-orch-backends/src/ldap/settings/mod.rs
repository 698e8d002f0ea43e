//! Options that were checked, with all defaults.

mod check;

use super::{
    error::InvalidDirectory,
    ids::Form,
    options::{DirectoryKind, DirectoryOptions, GroupStrategy},
    secret::PasswordSource,
};
use check::Check;
use ipxe_orch_core::names::RealmName;
use std::{path::Path, time::Duration};
use url::Url;

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
        let check = Check::of(options);
        let (login, person_id) = (check.login()?, check.person_id()?);
        Ok(Self {
            realm: options.name.clone(),
            kind: options.kind,
            controllers: check.controllers()?,
            deadlines: check.deadlines()?,
            base: check.dn("base_dn", &options.base_dn)?,
            group_base: check.group_base()?,
            bind_name: check.bind_name()?,
            password: PasswordSource::new(options, credentials)?,
            user_filter: check.user_filter()?,
            name: check.name(&login),
            login,
            display: check.display()?,
            strategy: check.strategy()?,
            group_filter: check.group_filter()?,
            member: check.member()?,
            group_name: check.group_name()?,
            group_id: check.group_id(&person_id),
            person_id,
            max_depth: check.within("max_depth", options.max_depth, 10, 100)?,
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
