//! Hosts from registration to mark and back.

use crate::operator::{HEADER, Operator, read, two_hosts};
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn an_import_says_what_it_does_and_a_repeated_one_does_nothing() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().as_bytes());
    let import = ["hosts", "import", "fleet.csv"];
    let dry = operator.ok(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(operator.hosts(), json!([]));
    assert_eq!(operator.ok(&[&import[..], &["--yes"]].concat()), dry);
    assert_snapshot!("imported", dry);
    assert_snapshot!("listed", operator.ok(&["hosts", "list"]));
    assert_snapshot!("again", operator.ok(&import));
}

#[test]
fn the_first_boot_of_hosts_that_do_not_say_is_said_once() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().replace(",local", ",").as_bytes());
    let import = ["hosts", "import", "fleet.csv", "--yes", "--first-boot", "install"];
    assert_eq!(operator.json(&import)["installs"], json!(["web1", "db1"]));
}

#[test]
fn a_partial_import_takes_the_hosts_without_a_problem() {
    let operator = Operator::new();
    operator.file("fleet.csv", format!("{}bad,x,10.0.2.17/24,,,\n", two_hosts()).as_bytes());
    let ran = operator.run(&["hosts", "import", "fleet.csv", "--yes", "--partial"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("line 4, mac:"), "{ran:?}");
    assert_eq!(operator.hosts().as_array().unwrap().len(), 2);
}

#[test]
fn an_export_is_an_import_that_changes_nothing() {
    let operator = Operator::with_hosts();
    operator.ok(&[
        "hosts",
        "set",
        "db1",
        "--label",
        "rack=r7",
        "--vlan",
        "7",
        "--local-boot",
        "drive:0x81",
    ]);
    let before = operator.hosts();
    operator.ok(&["hosts", "export", "out.csv"]);
    assert_eq!(operator.ok(&["hosts", "export", "-"]), read(operator.path("out.csv")));
    let again = operator.json(&["hosts", "import", "out.csv"]);
    assert_eq!((&again["unchanged"], &again["changed"]), (&json!(2), &json!(0)), "{again}");
    assert_eq!(operator.hosts(), before);
}

#[test]
fn the_way_to_the_local_disk_is_set_and_shown() {
    let operator = Operator::with_hosts();
    let shown = || {
        let text = operator.ok(&["hosts", "show", "web1"]);
        let line = text.lines().find(|line| line.starts_with("local boot")).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    assert_eq!(shown(), "auto");
    for how in ["next-entry", r"loader:\EFI\own\own.efi", "drive:0x82", "auto"] {
        operator.ok(&["hosts", "set", "web1", "--local-boot", how]);
        assert_eq!(shown(), how);
    }
    let ran = operator.run(&["hosts", "set", "web1", "--local-boot", "0x81"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("auto, search, next-entry, loader:PATH or drive:NUMBER"),
        "{ran:?}"
    );
}

#[test]
fn hosts_are_added_changed_and_shown() {
    let operator = Operator::with_hosts();
    operator.ok(&[
        "hosts",
        "add",
        "edge1",
        "--mac",
        "52-54-00-00-00-09",
        "--address",
        "10.20.0.11/24",
        "--gateway",
        "10.20.0.1",
        "--dns",
        "10.20.0.2,10.20.0.3",
        "--vlan",
        "120",
        "--profile",
        "tiny",
        "--site",
        "branch",
        "--serial",
        "SN 1",
        "--label",
        "role=edge",
        "--label",
        "a=b",
        "--uuid",
        "4c4c4544-0042-3510-8054-b7c04f333232",
        "--address6",
        "fd00::11/64",
    ]);
    let spec = |operator: &Operator| operator.json(&["hosts", "show", "edge1"])["spec"].take();
    let added = spec(&operator);
    assert_snapshot!("added", serde_json::to_string_pretty(&added).unwrap());
    operator.ok(&[
        "hosts",
        "set",
        "edge1",
        "--no-gateway",
        "--no-dns",
        "--no-vlan",
        "--no-site",
        "--no-serial",
        "--no-label",
        "a",
        "--no-uuid",
        "--no-address6",
        "--mac",
        "52:54:00:00:00:0a",
    ]);
    assert_snapshot!("changed", serde_json::to_string_pretty(&spec(&operator)).unwrap());
    let listed = operator.json(&["hosts", "list", "--label", "role=edge"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let twice = operator.fails(&[
        "hosts",
        "add",
        "edge1",
        "--mac",
        "52:54:00:00:00:0b",
        "--address",
        "10.20.0.12/24",
    ]);
    assert!(twice.contains("host edge1 is known: change it with"), "{twice}");
}

#[test]
fn a_nic_of_several_is_named() {
    let operator = Operator::new();
    let rows =
        "web1,52:54:00:00:00:01,10.0.2.15/24,,tiny,\nweb1,52:54:00:00:00:02,10.0.3.15/24,,,\n";
    operator.file("fleet.csv", format!("{HEADER}{rows}").as_bytes());
    operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
    assert_snapshot!(operator.fails(&["hosts", "set", "web1", "--vlan", "7"]));
    operator.ok(&["hosts", "set", "web1", "--vlan", "7", "--nic", "52:54:00:00:00:02"]);
    let nics = operator.json(&["hosts", "show", "web1"])["spec"]["nics"].take();
    assert_eq!((&nics[0]["vlan"], &nics[1]["vlan"]), (&json!(null), &json!(7)));
}

#[test]
fn a_mark_is_given_once_and_taken_back() {
    let operator = Operator::with_hosts();
    let id = "01a20715-06bf-7793-90cf-ad88964e1eef";
    let mark = ["hosts", "mark", "db1", "--id", id, "--reason", "r", "--expires", "4h"];
    assert_eq!(operator.json(&mark)[0]["created"], json!(true));
    assert_eq!(operator.json(&mark)[0]["created"], json!(false), "the same order is one order");
    assert_eq!(
        operator.json(&["hosts", "list", "--status", "marked"]).as_array().unwrap().len(),
        2
    );
    let shown = operator.json(&["hosts", "show", "db1"]);
    assert_eq!((&shown["mark"]["reason"], &shown["mark"]["id"]), (&json!("r"), &json!(id)));
    assert!(operator.fails(&["hosts", "mark", "db1"]).contains("cancel that mark first"));
    operator.ok(&["hosts", "cancel", "db1"]);
    let shown = operator.json(&["hosts", "show", "db1"]);
    assert_eq!((&shown["status"], &shown["mark"]), (&json!("cancelled"), &json!(null)));
    let last = &shown["last_mark"];
    assert_eq!((&last["id"], &last["outcome"]), (&json!(id), &json!("cancelled")));
    let table = operator.ok(&["hosts", "show", "db1"]);
    assert!(table.lines().any(|l| l.contains("last mark") && l.ends_with("cancelled")), "{table}");
    assert!(operator.ok(&mark).contains("was marked by this order before: it is cancelled"));
    let both = ["hosts", "mark", "db1", "web1"];
    assert!(operator.fails(&both).contains("confirm it with --yes"));
    let both = operator.run(&[&both[..], &["--yes"]].concat());
    assert_eq!(both.code, Some(1), "web1 is marked already, db1 is marked now: {both:?}");
    assert!(both.stdout.contains("host db1 is marked: its next boot installs it"), "{both:?}");
    assert!(both.stderr.contains("host web1 is marked already"), "{both:?}");
}

#[test]
fn a_held_host_is_released() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "hold", "web1", "--reason", "broken disk"]);
    assert!(operator.fails(&["hosts", "mark", "web1"]).contains("release it first"));
    let shown = operator.json(&["hosts", "show", "web1"]);
    assert_eq!((&shown["held"]["reason"], &shown["mark"]), (&json!("broken disk"), &json!(null)));
    operator.ok(&["hosts", "release", "web1"]);
    operator.ok(&["hosts", "mark", "web1"]);
}

/// B9: with the mark that `with_hosts` gives it.
#[test]
fn a_hold_tells_what_it_closed() {
    let operator = Operator::with_hosts();
    let mark = operator.json(&["hosts", "show", "web1"])["mark"]["id"].clone();
    assert!(mark.is_string(), "{mark}");
    let held = operator.json(&["hosts", "hold", "web1"]);
    assert_eq!(held, json!([{ "name": "web1", "status": "held", "closed_mark": mark }]));
    operator.ok(&["hosts", "release", "web1"]);
    operator.ok(&["hosts", "mark", "web1"]);
    let told = operator.ok(&["hosts", "hold", "web1"]);
    let expected = "host web1 is held and its mark closed, nothing will be installed: held\n";
    assert_eq!(told, expected);
}

#[test]
fn what_is_so_already_is_no_failure() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "hold", "db1"]);
    for (command, status) in [
        (&["cancel", "db1"][..], "held"),
        (&["hold", "db1"], "held"),
        (&["abandon", "web1"], "marked"),
        (&["withdraw", "web1"], "marked"),
        (&["release", "web1"], "marked"),
    ] {
        let ran = operator.run(&[&["hosts"], command].concat());
        let said = format!("host {} is {status}: there is nothing to do\n", command[1]);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr), (Some(0), "", said), "{command:?}");
        let shown = operator.json(&[&["hosts"], command].concat());
        assert_eq!(shown, json!([{ "name": command[1], "status": status }]));
    }
    let both = operator.run(&["hosts", "hold", "db1", "web1"]);
    assert_eq!((both.code, both.stdout.lines().count()), (Some(0), 1), "{both:?}");
    let set = operator.run(&["hosts", "set", "web1", "--profile", "tiny"]);
    assert_eq!((set.code, set.stdout.as_str()), (Some(0), ""), "{set:?}");
    assert!(set.stderr.starts_with("host web1 is as wanted already"), "{set:?}");
}

#[test]
fn everything_is_audited_and_the_audit_verifies() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "cancel", "web1", "--reason", "not yet"]);
    operator.ok(&["hosts", "cancel", "web1"]);
    let entries = operator.json(&["audit", "list", "--host", "web1"]);
    let of = |entry: &serde_json::Value| {
        let entry = &entry["entry"];
        let why = entry["reason"].as_str().unwrap_or("-").to_owned();
        format!("{} {} {why}", entry["action"], entry["outcome"])
    };
    let entries: Vec<_> = entries.as_array().unwrap().iter().map(of).collect();
    assert_snapshot!(entries.join("\n"));
    let heads = operator.ok(&["audit", "verify", "--json"]);
    operator.file("heads.json", heads.as_bytes());
    operator.ok(&["hosts", "mark", "web1"]);
    assert!(
        operator
            .ok(&["audit", "verify", "--heads", "heads.json", "--unsealed"])
            .contains("the audit is whole")
    );
    operator.file("longer.json", heads.replace("\"sequence\": ", "\"sequence\": 1").as_bytes());
    let cut = operator.fails(&["audit", "verify", "--heads", "longer.json", "--unsealed"]);
    assert!(cut.contains("the audit is broken: chain") && cut.contains("is known"), "{cut}");
    assert!(
        operator
            .fails(&["audit", "verify", "--heads", "fleet.csv"])
            .contains("holds no audit heads")
    );
}

/// Of changes at the same time none is lost without a word.
#[test]
fn changes_at_the_same_time_all_stay_or_are_refused() {
    let operator = Operator::with_hosts();
    let labels: Vec<_> = (0..6).map(|number| format!("k{number}=v")).collect();
    let run =
        |label| operator.command(&["hosts", "set", "web1", "--label", label]).spawn().unwrap();
    let runs: Vec<_> = labels.iter().map(|label| (label, run(label))).collect();
    let mut kept = 0;
    for (label, run) in runs {
        if run.wait_with_output().unwrap().status.success() {
            kept += 1;
            assert!(operator.ok(&["hosts", "show", "web1"]).contains(label), "{label} is lost");
        }
    }
    assert!(kept > 0);
    let spec = &operator.json(&["hosts", "show", "web1"])["spec"];
    assert_eq!(spec["labels"].as_object().unwrap().len(), kept, "{spec}");
}

/// The id, the mark and the history go with the host; the audit says from what to what.
#[test]
fn a_host_is_renamed() {
    let operator = Operator::with_hosts();
    let before = operator.json(&["hosts", "show", "web1"]);
    let told = operator.ok(&["hosts", "rename", "web1", "web7", "--reason", "moved"]);
    assert_eq!(told, "host web1 is called web7 now\n");
    let after = operator.json(&["hosts", "show", "web7"]);
    assert_eq!((&after["id"], &after["mark"]["id"]), (&before["id"], &before["mark"]["id"]));
    assert!(operator.fails(&["hosts", "show", "web1"]).contains("there is no host web1"));
    let taken = operator.fails(&["hosts", "rename", "web7", "db1"]);
    assert!(taken.contains("there is a host db1 already"), "{taken}");
    let audit = operator.json(&["audit", "list", "--host", "web7"]);
    let renamed = audit.as_array().unwrap().iter().any(|chained| {
        let entry = &chained["entry"];
        entry["detail"] == "name: web1 -> web7" && entry["reason"] == "moved"
    });
    assert!(renamed, "{audit}");
}

/// Hosts may be meant by what they have in common; nothing is meant by nothing.
#[test]
fn hosts_are_selected_by_site_profile_and_label() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "set", "db1", "--label", "role=db"]);
    operator.ok(&["hosts", "cancel", "web1"]);
    operator.ok(&["hosts", "mark", "--label", "role=db", "--yes"]);
    assert_eq!(operator.json(&["hosts", "show", "db1"])["status"], "marked");
    assert_ne!(operator.json(&["hosts", "show", "web1"])["status"], "marked");
    let none = operator.fails(&["hosts", "mark", "--label", "role=none", "--yes"]);
    assert!(none.contains("no host is of that kind: nothing was changed"), "{none}");
    let run = operator.run(&["hosts", "mark", "--yes"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}
