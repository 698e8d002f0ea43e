//! What an import changes of known hosts, and that it says so.

use crate::operator::{Operator, read};
use insta::assert_snapshot;
use serde_json::json;

/// `web1` with everything that a file can leave out, and `db1`.
fn operator() -> Operator {
    let operator = Operator::with_hosts();
    operator.file("password", b"geheim\n");
    operator.ok(&["hosts", "set", "web1", "--profile", "debian-13", "--no-gateway"]);
    let set = ["hosts", "set", "web1", "--site", "fra", "--serial", "SN1", "--label", "rack=r7"];
    let secret = ["--dns", "10.0.2.3", "--vlan", "7", "--secret", "root_password=@password"];
    operator.ok(&[&set[..], &secret].concat());
    let second = ["--mac", "52:54:00:00:00:09", "--address", "10.0.3.15/24"];
    operator.ok(&[&["nics", "add", "web1"], &second[..]].concat());
    operator
}

const ROWS: &str = "web1,52:54:00:00:00:01,10.0.2.15/24\ndb1,52:54:00:00:00:02,10.0.2.16/24\n";

#[test]
fn a_file_with_fewer_columns_erases_nothing() {
    let operator = operator();
    let before = operator.json(&["hosts", "show", "web1"]);
    operator.file("few.csv", format!("name,mac,address\n{ROWS}").as_bytes());
    let done = operator.json(&["hosts", "import", "few.csv", "--yes"]);
    assert_eq!((&done["unchanged"], &done["changes"]), (&json!(2), &json!([])));
    assert_eq!(operator.json(&["hosts", "show", "web1"]), before);
}

#[test]
fn an_empty_cell_erases_and_every_change_is_told() {
    let operator = operator();
    let rows = "web1,52:54:00:00:00:01,10.0.2.15/24,,,,ber,,\n\
                db1,52:54:00:00:00:02,10.0.2.17/24,,,,,,\n";
    let header = "name,mac,address,dns,vlan,serial,site,labels,var.root_password";
    operator.file("empty.csv", format!("{header}\n{rows}").as_bytes());
    let before = operator.hosts();
    let dry_run = ["hosts", "import", "empty.csv", "--dry-run"];
    assert_snapshot!("told", operator.ok(&dry_run));
    let changes = operator.json(&dry_run)["changes"].take();
    assert_eq!(changes[0]["host"], json!("web1"));
    let secret = json!({"field": "values.root_password", "from": "(secret)", "to": null});
    assert!(changes[0]["fields"].as_array().unwrap().contains(&secret), "{changes}");
    let moved = json!({
        "field": "nics.52:54:00:00:00:02.v4.address", "from": "10.0.2.16/24", "to": "10.0.2.17/24",
    });
    assert_eq!(changes[1], json!({"host": "db1", "fields": [moved]}));
    assert_eq!(operator.hosts(), before);
    let ran = operator.run(&["hosts", "import", "empty.csv", "--yes"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("  site: fra -> ber\n"), "{ran:?}");
    let shown = operator.json(&["hosts", "show", "web1"]);
    assert_eq!(shown["spec"]["nics"].as_array().unwrap().len(), 2, "no row names the second NIC");
    assert_eq!((&shown["spec"]["serial"], &shown["spec"]["site"]), (&json!(null), &json!("ber")));
}

#[test]
fn what_the_file_does_not_say_is_erased_on_demand() {
    let operator = operator();
    operator.file("few.csv", format!("name,mac,address\n{ROWS}").as_bytes());
    let import = ["hosts", "import", "few.csv", "--replace"];
    assert_snapshot!("replaced", operator.ok(&[&import[..], &["--dry-run"]].concat()));
    operator.ok(&[&import[..], &["--yes"]].concat());
    let spec = operator.json(&["hosts", "show", "web1"])["spec"].take();
    assert_eq!(spec["nics"].as_array().unwrap().len(), 1);
    assert_eq!((&spec["site"], &spec["labels"]), (&json!(null), &json!(null)));
    assert_eq!(spec["values"]["root_password"], json!("(secret)"), "no column, no change");
}

#[test]
fn an_export_says_all_and_so_changes_nothing_either_way() {
    let operator = operator();
    operator.ok(&["hosts", "export", "out.csv"]);
    for more in [&[][..], &["--replace"]] {
        let import = [&["hosts", "import", "out.csv", "--dry-run"], more].concat();
        assert_eq!(
            operator.json(&import)["unchanged"],
            json!(2),
            "{}",
            read(operator.path("out.csv"))
        );
    }
}

#[test]
fn a_nic_that_stays_counts_where_another_host_wants_its_address() {
    let operator = operator();
    let rows = ROWS.replace("10.0.2.16", "10.0.3.15").replace('\n', ",fra\n");
    operator.file("clash.csv", format!("name,mac,address,site\n{rows}").as_bytes());
    let before = operator.hosts();
    assert_snapshot!("clash", operator.fails(&["hosts", "import", "clash.csv", "--yes"]));
    assert_eq!(operator.hosts(), before);
}
