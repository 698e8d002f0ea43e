//! Walks through all services.

use crate::site::{Allows, Site};
use ipxe_orch_backends::sql::{CopyEnd, SqliteOptions};
use ipxe_orch_core::{
    audit::AuditOutcome,
    auth::{Action, Authorizer, Scope},
    fakes::{AllowWithin, DenyAll},
    fleet::{FirstBoot, FleetFile, Unsaid},
    host::HostSpec,
    ids::{ChainId, Epoch, KeyId},
    image::{Image, ImageBuilder, ImageError, Medium},
    keys::{KeyRing, Purpose},
    orchestrator::{OrchestratorError, WhichImages},
    stores::{HostFilter, HostKey},
    time::Timestamp,
};
use ipxe_orch_server::{
    media::ImportOptions,
    service::{
        ServiceError,
        databases::{CopyDatabase, RestoreDatabase, restore},
        images::{ImageRecipe, WantedImages, WriteImage, WriteImages},
        imports::ImportHosts,
        media::{AddMedia, FetchMedia, ImportMedia},
    },
};
use std::{collections::BTreeSet, error::Error, fs, path::Path, pin::Pin, sync::Arc};

/// Whether a call was denied.
type Call = for<'a> fn(&'a Site) -> Pin<Box<dyn Future<Output = bool> + 'a>>;

struct Method {
    /// As `service::method` in the source.
    name: &'static str,
    /// As the audit names it.
    action: &'static str,
    /// What a caller with this permission for some hosts only may not do; none where that is
    /// enough.
    for_all: Option<Action>,
    call: Call,
}

fn denied<T, E: Error>(result: &Result<T, ServiceError<E>>) -> bool {
    matches!(result, Err(ServiceError::Orchestrator(OrchestratorError::Denied(_))))
}

/// A row of the table: the call is an expression with `$site`.
macro_rules! methods {
    ($($name:literal $action:literal $for_all:expr => |$site:ident| $call:expr;)+) => {
        &[$(Method {
            name: $name,
            action: $action,
            for_all: $for_all,
            call: |$site| Box::pin(async move { denied(&$call.await) }),
        }),+]
    };
}

const CHANGE: Option<Action> = Some(Action::ChangeHosts);
const KEYS: Option<Action> = Some(Action::ManageKeys);

const METHODS: &[Method] = methods! {
    "media::list" "media.list" None => |site| site.media.list(&site.caller);
    "media::show" "media.show" None => |site| site.media.show(&site.caller, &name());
    "media::verify" "media.verify" None => |site| site.media.verify(&site.caller, None, |_| ());
    "media::import" "media.import" CHANGE => |site| {
        let request = ImportMedia { iso: site.path("x"), options: ImportOptions::default() };
        site.media.import(&site.caller, request, |_, _| ())
    };
    "media::add" "media.add" CHANGE => |site| {
        let request = AddMedia { files: vec![site.path("x")], set: name() };
        site.media.add(&site.caller, request)
    };
    "media::remove" "media.remove" CHANGE => |site| site.media.remove(&site.caller, &name());
    "media::fetch" "media.sync" CHANGE => |site| {
        site.media.fetch(&site.caller, fetch(false), |_| ())
    };
    "media::fetch" "media.sync" CHANGE => |site| {
        site.media.fetch(&site.caller, fetch(true), |_| ())
    };
    "firmware::list" "firmware.list" None => |site| site.firmware.list(&site.caller);
    "firmware::import" "firmware.import" CHANGE => |site| {
        let from = site.path("x");
        async move { site.firmware.import(&site.caller, &from).await }
    };
    "exports::csv" "hosts.export" None => |site| site.exports.csv(&site.caller, HostFilter::default());
    "exports::write" "hosts.export" None => |site| async move {
        let to = site.path("fleet.csv");
        site.exports.write(&site.caller, HostFilter::default(), &to).await
    };
    "audit::verify" "audit.verify" None => |site| site.audits.verify(&site.caller, None);
    "audit::doubt" "database.accept_restore" KEYS => |site| site.audits.doubt(&site.caller);
    "audit::standing_marks" "database.accept_restore" KEYS => |site| {
        site.audits.standing_marks(&site.caller)
    };
    "audit::accept" "database.accept_restore" KEYS => |site| site.audits.accept(&site.caller);
    "databases::copy" "database.copy" KEYS => |site| async move {
        let to = CopyEnd::sqlite(SqliteOptions::new(
            site.path("copy.db"),
            ChainId::from_bytes([1; 16]),
            Epoch::from_bytes([0; 16]),
            Timestamp::from_millis(0),
        ));
        let request = CopyDatabase { to, name: "copy".to_owned(), retire: true };
        site.databases.copy(&site.caller, request, |_| ()).await
    };
    "databases::backup" "database.backup" KEYS => |site| async move {
        site.databases.backup(&site.caller, &site.path("backup.db"), |_| ()).await
    };
    "hosts::edit" "host.edit" None => |site| async move {
        let no_edit = |_: &mut HostSpec| Ok::<_, ServiceError>(());
        site.hosts.edit(&site.caller, &HostKey::Name(name()), &Vec::new(), no_edit).await
    };
    "imports::plan" "hosts.import" None => |site| site.imports.plan(&site.caller, fleet());
    "imports::changes" "hosts.import" None => |site| async move {
        let other = Site::new(AllowWithin(Scope::All));
        let planned = other.imports.plan(&other.caller, fleet()).await.unwrap();
        site.imports.changes(&site.caller, &planned, 0, 1).await
    };
    "imports::import" "hosts.import" None => |site| async move {
        let other = Site::new(AllowWithin(Scope::All));
        let planned = other.imports.plan(&other.caller, fleet()).await.unwrap();
        assert_eq!((planned.created(), planned.problems.len()), (1, 0));
        site.imports.import(&site.caller, &planned, |_| ()).await
    };
    "images::find" "image.build" None => |site| async move {
        let (dirs, servers) = (vec![site.path("none")], recipe().servers);
        let wanted = WantedImages { dirs, medium: Medium::Cd, arm64: false, servers };
        site.images.find(&site.caller, wanted).await
    };
    "images::build_one" "image.build" None => |site| async move {
        site.images.build_one(&site.caller, &HostKey::Name(name()), &recipe()).await
    };
    "images::build_all" "image.build" None => |site| async move {
        site.images.build_all(&site.caller, &HostFilter::default(), WhichImages::All, &recipe()).await
    };
    "images::write_one" "image.build" None => |site| async move {
        let (host, to) = (HostKey::Name(name()), site.path("web1.iso"));
        let request = WriteImage { host, to, force: true };
        site.images.write_one(&site.caller, request, &recipe()).await
    };
    "images::write_all" "image.build" None => |site| async move {
        let (filter, folder) = (HostFilter::default(), site.path("images"));
        let request = WriteImages { filter, which: WhichImages::All, folder, force: true };
        site.images.write_all(&site.caller, request, &recipe(), |_, _| ()).await
    };
    "images::rotate" "image.rotate" None => |site| async move {
        site.images.rotate(&site.caller, &HostKey::Name(name()), None).await
    };
    "images::revoke" "image.revoke" None => |site| async move {
        site.images.revoke(&site.caller, &HostKey::Name(name()), None).await
    };
    "keys::usage" "keys.retire" KEYS => |site| site.keys.usage(&site.caller, key_id());
    "keys::retire" "keys.retire" KEYS => |site| site.keys.retire(&site.caller, key_id());
    "keys::list" "keys.list" KEYS => |site| site.keys.list(&site.caller);
    "keys::rotate" "keys.rotate" KEYS => |site| site.keys.rotate(&site.caller, Purpose::Image);
    "keys::import" "keys.import" KEYS => |site| async move {
        site.keys.import(&site.caller, &KeyRing::default(), &[]).await
    };
    "profiles::apply" "profile.put" CHANGE => |site| site.profiles.apply(&site.caller, Vec::new());
    "profiles::pin" "profile.put" CHANGE => |site| site.profiles.pin(&site.caller);
    "keys::reseal" "keys.reseal" KEYS => |site| site.keys.reseal(&site.caller);
};

fn key_id() -> KeyId {
    KeyId::from_bytes([1; 4])
}

fn name<T: std::str::FromStr<Err: std::fmt::Debug>>() -> T {
    "web1".parse().unwrap()
}

fn fetch(dry_run: bool) -> FetchMedia {
    let from = "http://127.0.0.1:1".parse().unwrap();
    FetchMedia { from, names: Vec::new(), authority: None, dry_run }
}

/// A database is restored where there is none yet: the authorizer is asked all the same.
#[tokio::test]
async fn a_restore_is_denied_too() {
    for allowed in [false, true] {
        let site = Site::new(DenyAll);
        let before = site.files();
        let database = SqliteOptions::new(
            site.path("new.db"),
            ChainId::from_bytes([1; 16]),
            Epoch::from_bytes([0; 16]),
            Timestamp::from_millis(0),
        );
        let request = RestoreDatabase {
            file: site.path("backup.db"),
            to: CopyEnd::sqlite(database),
            scratch: site.path("data"),
            chain: ChainId::from_bytes([1; 16]),
            now: Timestamp::from_millis(0),
        };
        let part = Allows(Action::ManageKeys, Scope::Site("berlin".parse().unwrap()));
        let authorizer: &dyn Authorizer = if allowed { &part } else { &DenyAll };
        assert!(denied(&restore(authorizer, &site.caller, request, |_| ()).await), "{allowed}");
        assert!(site.files() == before);
    }
}

/// A file with one host.
fn fleet() -> ImportHosts {
    let file = FleetFile::read(&b"name,mac,address\nweb1,52:54:00:00:00:01,10.0.2.15/24\n"[..]);
    ImportHosts { file, first_boot: FirstBoot::Local, unsaid: Unsaid::Keep }
}

/// Makes no image: nobody gets so far.
struct NoBuilder;

impl ImageBuilder for NoBuilder {
    fn build(&self, _: &str) -> Result<Image, ImageError> {
        panic!("an image is made for who may not")
    }
}

fn recipe() -> ImageRecipe {
    let servers = vec!["http://127.0.0.1:1".parse().unwrap()];
    ImageRecipe { builder: Arc::new(NoBuilder), medium: Medium::Cd, servers, warnings: Vec::new() }
}

async fn is_denied(method: &Method, authorizer: impl Authorizer + 'static) {
    let site = Site::new(authorizer);
    let before = site.files();
    let name = method.name;
    assert!((method.call)(&site).await, "{name} is not denied");
    let entries = site.audit().await;
    let said: Vec<_> = entries.iter().map(|e| (e.action.as_str(), e.outcome, &e.actor)).collect();
    assert_eq!(said, [(method.action, AuditOutcome::Denied, site.caller.actor())], "{name}");
    assert!(site.files() == before, "{name} changed files");
}

#[tokio::test]
async fn whoever_may_do_nothing_is_denied_everything() {
    for method in METHODS {
        is_denied(method, DenyAll).await;
    }
}

#[tokio::test]
async fn what_is_for_all_hosts_is_denied_to_who_may_change_some() {
    for method in METHODS {
        if let Some(action) = method.for_all {
            let site = Scope::Site("berlin".parse().unwrap());
            is_denied(method, Allows(action, site)).await;
        }
    }
}

/// What needs no permission, for it touches nothing that is a server's, and what is denied where
/// there is no audit yet that could tell.
const FREE: &[&str] = &["audit::verify_export", "databases::restore", "images::enrol"];

/// The methods of all services, as the source has them.
fn written(folder: &Path, service: Option<&str>, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let service = service.unwrap_or(name);
        if path.is_dir() {
            written(&path, Some(service), found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let methods = text.split("pub async fn ").skip(1).map(|rest| rest.split(['(', '<']).next());
        found.extend(methods.flatten().map(|method| format!("{service}::{method}")));
    }
}

#[test]
fn no_method_is_forgotten() {
    let mut found = BTreeSet::new();
    written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service"), None, &mut found);
    let walked = METHODS.iter().map(|method| method.name).chain(FREE.iter().copied());
    let walked: BTreeSet<_> = walked.map(ToOwned::to_owned).collect();
    assert_eq!(found, walked);
}
