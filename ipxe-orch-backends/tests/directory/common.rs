//! Directories of the tests, and who may change them.

use ipxe_orch_backends::ldap::{Directory, DirectoryOptions, InvalidDirectory};
use ipxe_orch_core::{
    auth::{Authenticator as _, Password, Person, Refusal, SignInError},
    time::{Clock, Timestamp},
};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use std::{
    collections::{BTreeSet, HashSet},
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

pub(crate) const AD_BASE: &str = "DC=corp,DC=example,DC=test";
pub(crate) const AD_PASSWORD: &str = "Str0ng!Pass1";
/// The common name of `ann`, which filters and DNs must not break on.
pub(crate) const NAME: &str = "Smith, Ann (Ops) *#\\ Ä";
/// As in `scripts/directory.d/fill`.
pub(crate) const HARD: [&str; 7] = [
    "?\"<>@\\ &*()%",
    "Grüße, ÄÖÜ ß",
    "5 € und mehr",
    "  blanks around  ",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "NULL",
    "{SSHA}abc",
];

#[expect(clippy::disallowed_methods, reason = "only the environment tells which servers there are")]
pub(crate) fn environment(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run the tests by `scripts/directory COMMAND`")
    })
}

pub(crate) fn ca_file() -> PathBuf {
    environment("IPXE_ORCH_TEST_DIRECTORY_CA").into()
}

/// A file with a password, in the folder that `scripts/directory` deletes at its end.
pub(crate) fn password_file(password: &str) -> PathBuf {
    let folder = tempfile::tempdir_in(ca_file().parent().unwrap()).unwrap().keep();
    let file = folder.join("password");
    fs::write(&file, password).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// A time of day that the test sets.
#[derive(Clone)]
pub(crate) struct SetClock(Arc<AtomicI64>);

impl SetClock {
    pub(crate) fn real() -> Self {
        let now = ipxe_orch_backends::local::SystemClock.now().as_millis();
        Self(Arc::new(AtomicI64::new(now)))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A name that no other run of the tests uses.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

/// Deadlines that a busy machine keeps, unless the test sets them.
fn patient(more: &str) -> String {
    let all = [("connect_seconds", 60), ("operation_seconds", 60), ("call_seconds", 200)];
    let missing = all.iter().filter(|(key, _)| !more.contains(key));
    missing.fold(more.to_owned(), |text, (key, value)| format!("{text}\n{key} = {value}"))
}

fn shown(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

/// The options of the domain at `urls`, with more lines of TOML.
pub(crate) fn ad_options(urls: &[&str], more: &str) -> DirectoryOptions {
    let more = patient(more);
    let (ca, password) = (shown(ca_file()), shown(password_file(AD_PASSWORD)));
    let text = format!(
        "name = 'corp'\nkind = 'active_directory'\nurls = {urls:?}\nca_file = {ca:?}\nbase_dn = '{AD_BASE}'\n\
         bind_name = 'svc-ipxe@corp.example.test'\nbind_password_file = {password:?}\n{more}\n"
    );
    toml::from_str(&text).unwrap()
}

/// The options of the tree `dc=TREE,dc=test` in OpenLDAP.
pub(crate) fn ldap_options(urls: &[&str], tree: &str, more: &str) -> DirectoryOptions {
    let more = patient(more);
    let (ca, password) = (shown(ca_file()), shown(password_file("bind")));
    let text = format!(
        "name = 'unix'\nkind = 'ldap'\nurls = {urls:?}\nca_file = {ca:?}\nbase_dn = 'dc={tree},dc=test'\n\
         bind_name = 'cn=svc-ipxe,dc={tree},dc=test'\nbind_password_file = {password:?}\n{more}\n"
    );
    toml::from_str(&text).unwrap()
}

pub(crate) fn open(options: &DirectoryOptions) -> Directory {
    try_open(options).unwrap()
}

pub(crate) fn try_open(options: &DirectoryOptions) -> Result<Directory, InvalidDirectory> {
    Directory::open(options, None, Arc::new(SetClock::real()))
}

/// The domain.
pub(crate) fn ad(more: &str) -> Directory {
    open(&ad_options(&[&environment("IPXE_ORCH_TEST_AD")], more))
}

/// A tree of OpenLDAP.
pub(crate) fn ldap(tree: &str, more: &str) -> Directory {
    open(&ldap_options(&[&environment("IPXE_ORCH_TEST_LDAP")], tree, more))
}

pub(crate) fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

pub(crate) async fn sign_in(
    directory: &Directory,
    name: &str,
    text: &str,
) -> Result<Person, SignInError> {
    directory.sign_in(name, &password(text)).await
}

/// Why somebody is refused.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, SignInError>) -> Refusal {
    match answer.unwrap_err() {
        SignInError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Why nothing is known about a person.
pub(crate) fn unavailable<T: std::fmt::Debug>(answer: Result<T, SignInError>) -> String {
    match answer.unwrap_err() {
        SignInError::Unavailable { text, .. } => text,
        other => panic!("{other}"),
    }
}

pub(crate) fn names(person: &Person) -> BTreeSet<&str> {
    person.groups.iter().map(|group| group.name.as_str()).collect()
}

/// A client that may change a directory.
pub(crate) struct Admin(Ldap);

impl Admin {
    pub(crate) async fn of_ad() -> Self {
        let name = "svc-admin@corp.example.test";
        Self::at(&environment("IPXE_ORCH_TEST_AD"), name, AD_PASSWORD).await
    }

    /// The tree `dc=main,dc=test` of OpenLDAP.
    pub(crate) async fn of_ldap() -> Self {
        Self::at(&environment("IPXE_ORCH_TEST_LDAP"), "cn=admin,dc=main,dc=test", "admin").await
    }

    /// Adds a person to OpenLDAP.
    pub(crate) async fn add_person(&mut self, name: &str) {
        let dn = format!("uid={name},ou=people,dc=main,dc=test");
        let attributes: [(&str, &[u8]); 5] = [
            ("objectClass", b"inetOrgPerson"),
            ("uid", name.as_bytes()),
            ("cn", name.as_bytes()),
            ("sn", name.as_bytes()),
            ("userPassword", b"secret"),
        ];
        self.add(&dn, &attributes).await;
    }

    async fn at(url: &str, name: &str, password: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(
            CertificateDer::pem_file_iter(ca_file()).unwrap().map(Result::unwrap),
        );
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
        let settings = LdapConnSettings::new().set_config(config);
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, url).await.unwrap();
        tokio::spawn(connection.drive());
        ldap.simple_bind(name, password).await.unwrap().success().unwrap();
        Self(ldap)
    }

    /// Adds a user of the domain, who may sign in.
    pub(crate) async fn add_user(&mut self, name: &str) -> String {
        let dn = format!("CN={name},OU=people,{AD_BASE}");
        let quoted: Vec<u8> =
            format!("\"{AD_PASSWORD}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let principal = format!("{name}@corp.example.test");
        let attributes: [(&str, &[u8]); 5] = [
            ("objectClass", b"user"),
            ("sAMAccountName", name.as_bytes()),
            ("userPrincipalName", principal.as_bytes()),
            ("unicodePwd", &quoted),
            ("userAccountControl", b"66048"),
        ];
        self.add(&dn, &attributes).await;
        dn
    }

    /// Adds a security group of the domain.
    pub(crate) async fn add_group(&mut self, name: &str, member: &str) -> String {
        let dn = format!("CN={name},OU=groups,{AD_BASE}");
        let attributes: [(&str, &[u8]); 4] = [
            ("objectClass", b"group"),
            ("sAMAccountName", name.as_bytes()),
            ("groupType", b"-2147483646"),
            ("member", member.as_bytes()),
        ];
        self.add(&dn, &attributes).await;
        dn
    }

    async fn add(&mut self, dn: &str, attributes: &[(&str, &[u8])]) {
        let one = |(name, value): &(&str, &[u8])| {
            (name.as_bytes().to_vec(), HashSet::from([value.to_vec()]))
        };
        self.0.add(dn, attributes.iter().map(one).collect()).await.unwrap().success().unwrap();
    }

    pub(crate) async fn replace(&mut self, dn: &str, attribute: &str, value: &str) {
        let change = Mod::Replace(attribute, HashSet::from([value]));
        self.0.modify(dn, vec![change]).await.unwrap().success().unwrap();
    }

    pub(crate) async fn take_away(&mut self, dn: &str, attribute: &str, value: &str) {
        let change = Mod::Delete(attribute, HashSet::from([value]));
        self.0.modify(dn, vec![change]).await.unwrap().success().unwrap();
    }

    /// Moves an entry into another folder, with a new name.
    pub(crate) async fn rename(&mut self, dn: &str, to: &str, below: &str) -> String {
        self.0
            .modifydn(dn, &format!("CN={to}"), true, Some(below))
            .await
            .unwrap()
            .success()
            .unwrap();
        format!("CN={to},{below}")
    }

    pub(crate) async fn delete(&mut self, dn: &str) {
        self.0.delete(dn).await.unwrap().success().unwrap();
    }
}
