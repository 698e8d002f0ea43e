//! NICs of a host are listed, added, changed and removed.

use crate::operator::Operator;
use insta::assert_snapshot;
use serde_json::json;

const FIRST: &str = "52:54:00:00:00:01";
const SECOND: &str = "52:54:00:00:00:09";

/// With a second NIC of `web1`.
fn operator() -> Operator {
    let operator = Operator::with_hosts();
    let add = ["nics", "add", "web1", "--mac", SECOND, "--address", "10.0.3.15/24"];
    let ran = operator.run(&[&add[..], &["--vlan", "7", "--mtu", "9000"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_snapshot!("added", [ran.stdout, ran.stderr].concat());
    operator
}

#[test]
fn a_nic_is_added_changed_and_removed() {
    let operator = operator();
    assert_snapshot!("listed", operator.ok(&["nics", "list", "web1"]));
    let set = ["nics", "set", "web1", SECOND, "--no-vlan", "--gateway", "10.0.3.1"];
    assert_snapshot!("changed", operator.ok(&set));
    assert_eq!(operator.json(&set)["changed"], json!(false));
    operator.ok(&["nics", "remove", "web1", SECOND]);
    let left = operator.json(&["nics", "list", "web1"]);
    assert_eq!((left.as_array().unwrap().len(), &left[0]["mac"]), (1, &json!(FIRST)));
    assert_eq!(operator.json(&["nics", "list", "db1"]).as_array().unwrap().len(), 1);
}

#[test]
fn the_audit_names_the_nic_and_what_was_changed() {
    let operator = operator();
    operator.ok(&["nics", "set", "web1", SECOND, "--address", "10.0.4.15/24"]);
    let entries = operator.json(&["audit", "list", "--host", "web1"]);
    let last = entries.as_array().unwrap().iter().rfind(|one| one["entry"]["detail"].is_string());
    let entry = &last.unwrap()["entry"];
    assert_eq!(entry["action"], json!("host.edit"));
    let detail = format!("nics.{SECOND}.v4.address: 10.0.3.15/24 -> 10.0.4.15/24");
    assert_eq!(entry["detail"], json!(detail));
}

#[test]
fn a_replaced_adapter_keeps_its_addresses_and_its_bond() {
    let operator = operator();
    let bond = format!("802.3ad={FIRST}+{SECOND}");
    operator.ok(&["hosts", "set", "web1", "--bond", &bond]);
    let new = "52:54:00:aa:bb:cc";
    operator.ok(&["nics", "set", "web1", SECOND, "--mac", new]);
    let nic = &operator.json(&["nics", "list", "web1"])[1];
    assert_eq!((&nic["mac"], &nic["v4"]["address"]), (&json!(new), &json!("10.0.3.15/24")));
    assert_eq!(nic["bond"], json!(format!("802.3ad={FIRST}+{new}")));
}

#[test]
fn what_contradicts_the_host_is_refused_and_changes_nothing() {
    let operator = operator();
    operator.ok(&["hosts", "set", "web1", "--bond", &format!("802.3ad={FIRST}+{SECOND}")]);
    let before = operator.hosts();
    let strange = "52:54:00:00:00:77";
    let all = [
        operator.fails(&["nics", "list", "web7"]),
        operator.fails(&["nics", "add", "web1", "--mac", SECOND, "--address", "10.0.9.1/24"]),
        operator.fails(&["nics", "add", "web1", "--mac", strange]),
        operator.fails(&["nics", "add", "web1", "--mac", strange, "--address", "10.0.2.16/24"]),
        operator.fails(&[
            "nics",
            "add",
            "web1",
            "--mac",
            "52:54:00:00:00:02",
            "--address",
            "10.0.9.1/24",
        ]),
        operator.fails(&["nics", "set", "web1", strange, "--vlan", "7"]),
        operator.fails(&["nics", "set", "web1", SECOND, "--gateway", "10.0.9.1"]),
        operator.fails(&["nics", "remove", "web1", strange]),
        operator.fails(&["nics", "remove", "web1", SECOND]),
        operator.fails(&["nics", "remove", "db1", "52:54:00:00:00:02"]),
    ];
    assert_snapshot!(all.concat());
    assert_eq!(operator.hosts(), before);
    assert_eq!(operator.run(&["nics", "set", "web1", SECOND, "--vlan", "5000"]).code, Some(2));
    let both = ["nics", "set", "web1", SECOND, "--vlan", "5", "--no-vlan"];
    assert_eq!(operator.run(&both).code, Some(2));
}
