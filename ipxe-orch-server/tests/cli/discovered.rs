//! Hosts that are removed, machines that are not hosts yet, boards that were swapped.

use crate::{
    follow::{get, query, query_of, serve},
    operator::{Operator, two_hosts},
};
use serde_json::json;

const LOCAL: &str = "set orch-answer local\nexit 0\n";

#[test]
fn a_host_is_removed_once_it_is_idle() {
    let operator = Operator::with_hosts();
    assert!(operator.fails(&["hosts", "remove", "db1"]).contains("confirm it with --yes"));
    let marked = operator.fails(&["hosts", "remove", "web1", "--yes"]);
    assert!(marked.contains("host web1 is marked: cancel its mark, then remove it"), "{marked}");
    operator.ok(&["hosts", "cancel", "web1"]);
    operator.ok(&["hosts", "remove", "web1", "db1", "--yes", "--reason", "scrapped"]);
    assert_eq!(operator.hosts(), json!([]));
    let audit = operator.ok(&["audit", "list"]);
    assert!(audit.contains("host.remove") && audit.contains("scrapped"), "{audit}");
    operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
    assert_eq!(operator.hosts().as_array().unwrap().len(), 2, "names and addresses are free");
}

#[test]
fn a_machine_with_a_genuine_image_is_approved() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().as_bytes());
    let build = ["images", "build", "--csv", "fleet.csv", "--key", "k.toml", "--out", "out"];
    operator.ok(&[&build[..], &["--server", "http://127.0.0.1:1"]].concat());
    operator.ok(&["keys", "import", "k.toml"]);
    let query = query_of(&operator, "out/web1.iso");
    let (server, url) = serve(&operator, &[]);
    let path = format!("boot/v1/script?{query}&m=52:54:00:00:00:01&s=SN1&f=efi&a=x86_64");
    assert!(get(&url, &path).ends_with(LOCAL));
    server.end("-TERM");
    let waiting = operator.json(&["hosts", "list", "--discovered"]);
    assert_eq!((&waiting[0]["count"], &waiting[0]["shown"]["serial"]), (&json!(1), &json!("SN1")));
    let id = waiting[0]["id"].as_str().unwrap();
    assert!(operator.ok(&["hosts", "list", "--discovered"]).contains(id));
    operator.ok(&["hosts", "approve", id, "--name", "web9", "--address", "10.0.2.19/24"]);
    assert_eq!(operator.json(&["hosts", "list", "--discovered"]), json!([]));
    let host = operator.json(&["hosts", "show", "web9"]);
    assert_eq!((&host["id"], &host["status"]), (&json!(id), &json!("registered")));
    assert_eq!(host["spec"]["nics"][0]["mac"], "52:54:00:00:00:01");
    let again = operator.fails(&["hosts", "approve", id, "--name", "web8"]);
    assert!(again.contains("see `ipxe-orch hosts list --discovered`"), "{again}");
}

#[test]
fn a_swapped_board_is_relearnt() {
    let operator = Operator::with_hosts();
    let old = "4c4c4544-0042-3510-8054-b7c04f333232";
    let new = "4c4c4544-0042-3510-8054-b7c04f333233";
    operator.ok(&["hosts", "set", "db1", "--uuid", old]);
    let early = operator.fails(&["hosts", "relearn", "db1", "--yes"]);
    assert!(early.contains("boot it from its image, then relearn it"), "{early}");
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:02&u={new}", query(&operator, "db1"));
    let (server, url) = serve(&operator, &[]);
    assert!(get(&url, &path).ends_with(LOCAL));
    server.end("-TERM");
    let events = operator.ok(&["events", "--host", "db1"]);
    assert!(events.contains(&format!("refused: another UUID ({new})")), "{events}");
    let asked = operator.run(&["hosts", "relearn", "db1"]);
    assert!(asked.stdout.contains(&format!("UUID: {old} -> {new}")), "{asked:?}");
    assert_eq!(operator.json(&["hosts", "show", "db1"])["spec"]["uuid"], old, "not confirmed");
    operator.ok(&["hosts", "relearn", "db1", "--yes"]);
    assert_eq!(operator.json(&["hosts", "show", "db1"])["spec"]["uuid"], new);
}
