//! How a directory is reached and read, as an administrator writes it.

use ipxe_orch_core::names::RealmName;
use serde::Deserialize;
use std::path::PathBuf;

/// How one directory is reached and read: a `[[directory]]` table of the settings. A key that is
/// not known is an error.
///
/// It holds no password. [`Directory::open`](super::Directory::open) checks the values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DirectoryOptions {
    /// The realm of all its persons and groups. It is part of their ids, so it must never change.
    pub name: RealmName,
    /// What kind of directory it is.
    pub kind: DirectoryKind,
    /// Its controllers, in the order in which they are asked: `ldaps://dc1.corp.example`, or
    /// `ldap://…` together with `start_tls`. All hold the same persons.
    pub urls: Vec<String>,
    /// Whether the connection of an `ldap://` URL is encrypted by StartTLS. Without it such a URL
    /// is refused.
    #[serde(default)]
    pub start_tls: bool,
    /// PEM file with the authorities that may sign the controllers' certificates. Without it,
    /// those that this machine trusts.
    pub ca_file: Option<PathBuf>,
    /// The entry below which persons and groups are searched for: `DC=corp,DC=example`.
    pub base_dn: String,
    /// The entry below which groups are searched for, instead of `base_dn`.
    pub group_base_dn: Option<String>,
    /// The account that searches: a DN, or `svc-ipxe@corp.example` in Active Directory. It needs
    /// to read, and nothing else.
    pub bind_name: String,
    /// The file whose first line is the account's password, and that nobody else may read.
    pub bind_password_file: Option<PathBuf>,
    /// The name of a systemd credential (`LoadCredential=`) whose first line is the password.
    pub bind_password_credential: Option<String>,
    /// Which entries are persons who may sign in, as an LDAP filter.
    pub user_filter: Option<String>,
    /// The attributes in which a name that somebody types is looked for.
    pub login_attributes: Option<Vec<String>>,
    /// The attribute with the name that people call a person by: `displayName`.
    pub display_attribute: Option<String>,
    /// How the groups of a person are found.
    pub group_strategy: Option<GroupStrategy>,
    /// Which entries are groups, as an LDAP filter.
    pub group_filter: Option<String>,
    /// The attribute of a group with the DNs of its members: `member`, `uniqueMember`, or
    /// `memberUid`, which holds login names.
    pub member_attribute: Option<String>,
    /// The attribute with the name of a group that is shown: `sAMAccountName` or `cn`.
    pub group_name_attribute: Option<String>,
    /// The attribute that a person's id is made of, and for `ldap` a group's id as well. It must
    /// never change or be used again: `objectSid` or `objectGUID` in Active Directory,
    /// `entryUUID`, `nsUniqueId` or `ipaUniqueID` elsewhere.
    pub id_attribute: Option<String>,
    /// How many groups deep `recursive` looks. Default 10.
    pub max_depth: Option<u32>,
    /// Seconds in which a controller must accept a connection and prove its name. Default 3.
    pub connect_seconds: Option<u32>,
    /// Seconds in which it must answer one question. Default 5.
    pub operation_seconds: Option<u32>,
    /// Seconds in which a login must be done, all controllers together. Default 15.
    pub call_seconds: Option<u32>,
}

/// The kind of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DirectoryKind {
    /// Active Directory, of Microsoft or Samba.
    ActiveDirectory,
    /// OpenLDAP, 389 Directory Server, FreeIPA and others.
    Ldap,
}

/// How the groups of a person are found. They differ in what they find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GroupStrategy {
    /// The controller computes all security groups, nested ones and the primary group included, as
    /// for a login at Windows. Active Directory only.
    TokenGroups,
    /// One search with the rule `LDAP_MATCHING_RULE_IN_CHAIN`: nested groups of one domain. It is
    /// slow in large domains. Active Directory only.
    InChain,
    /// The attribute `memberOf` of the person: direct groups, and in OpenLDAP with the overlay
    /// `dynlist` nested ones.
    MemberOf,
    /// One search for each level of groups. It works everywhere.
    Recursive,
}

impl GroupStrategy {
    /// Its name in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenGroups => "token_groups",
            Self::InChain => "in_chain",
            Self::MemberOf => "member_of",
            Self::Recursive => "recursive",
        }
    }
}
