//! Names for completions: read from the file as it is found, whoever else has it open.

use crate::common::{bench, execute, folder, raw};
use ipxe_orch_backends::sql::{NameKind, names};
use ipxe_orch_core::{
    auth::{Granted, Scope, SeeHosts},
    conformance::Bench,
};
use sqlx::Connection as _;
use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::SystemTime};

const KINDS: [NameKind; 6] = [
    NameKind::Host,
    NameKind::Profile,
    NameKind::Site,
    NameKind::LabelKey,
    NameKind::Label,
    NameKind::Nic,
];

async fn listed(folder: &Path, grant: &Granted<SeeHosts>) -> Vec<String> {
    let mut all = Vec::new();
    for kind in KINDS {
        all.push(names(&folder.join("ipxe-orch.db"), grant, kind).await.unwrap().join(" "));
    }
    all
}

/// Names, lengths and times of all files of a folder.
fn files(folder: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    let file = |entry: fs::DirEntry| {
        let metadata = entry.metadata().unwrap();
        (entry.file_name().into_string().unwrap(), (metadata.len(), metadata.modified().unwrap()))
    };
    fs::read_dir(folder).unwrap().map(Result::unwrap).map(file).collect()
}

/// Two hosts with labels, one of them at a site, and one that was removed.
async fn fill(folder: &Path, bench: &Bench) {
    bench.profile("").await;
    for number in [2, 1, 3] {
        bench.register(number, false).await;
    }
    let mut raw = raw(folder).await;
    execute(
        &mut raw,
        "UPDATE hosts SET site = 'fra' WHERE name <> 'host1';
         UPDATE hosts SET removed = 1 WHERE name = 'host3';
         INSERT INTO host_labels (host_id, key, value)
         SELECT id, 'rack', 'a' || substr(name, 5) FROM hosts;
         INSERT INTO host_labels (host_id, key, value)
         SELECT id, 'role', 'db' FROM hosts WHERE name = 'host1'",
    )
    .await;
    raw.close().await.unwrap();
}

#[tokio::test]
async fn names_are_listed_while_the_store_is_open_and_afterwards() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    fill(folder.path(), &bench).await;
    let grant = bench.grant().await;
    let nics = "host1 52:54:00:00:00:01 host2 52:54:00:00:00:02";
    let expected = ["host1 host2", "plain", "fra", "rack role", "rack=a1 rack=a2 role=db", nics];
    assert_eq!(listed(folder.path(), &grant).await, expected, "open");
    drop(bench);
    Arc::into_inner(store).unwrap().close().await;
    let before = files(folder.path());
    assert_eq!(before.len(), 2, "{before:?}");
    assert_eq!(listed(folder.path(), &grant).await, expected, "closed");
    assert_eq!(files(folder.path()), before, "nothing is made or changed");
}

#[tokio::test]
async fn a_scope_counts() {
    let folder = folder();
    let (_store, bench) = bench(folder.path()).await;
    fill(folder.path(), &bench).await;
    let grant = bench.grant_within(Scope::Site("fra".parse().unwrap())).await;
    let expected = ["host2", "plain", "fra", "rack", "rack=a2", "host2 52:54:00:00:00:02"];
    assert_eq!(listed(folder.path(), &grant).await, expected);
}

#[tokio::test]
async fn no_database_is_made_or_brought_up_to_date() {
    let folder = folder();
    let (_store, bench) = bench(folder.path()).await;
    let grant = bench.grant().await;
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for (name, content) in [("none.db", None), ("empty.db", Some("")), ("text.db", Some("text"))] {
        let path = elsewhere.join(name);
        content.inspect(|content| fs::write(&path, content).unwrap());
        let before = files(&elsewhere);
        names(&path, &grant, NameKind::Host).await.unwrap_err();
        assert_eq!(files(&elsewhere), before, "{name}");
    }
}
