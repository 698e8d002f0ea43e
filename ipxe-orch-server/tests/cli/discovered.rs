//! Hosts that are removed, machines that are not hosts yet, boards that were swapped.

use crate::{
    desk::{Desk, two_hosts},
    follow::{get, query, query_of, serve},
};
use serde_json::json;

const LOCAL: &str = "set orch-answer local\nexit 0\n";

#[test]
fn a_host_is_removed_once_it_is_idle() {
    let desk = Desk::with_hosts();
    assert!(desk.fails(&["hosts", "remove", "db1"]).contains("confirm it with --yes"));
    let marked = desk.fails(&["hosts", "remove", "web1", "--yes"]);
    assert!(marked.contains("host web1 is marked: cancel its mark, then remove it"), "{marked}");
    desk.ok(&["hosts", "cancel", "web1"]);
    desk.ok(&["hosts", "remove", "web1", "db1", "--yes", "--reason", "scrapped"]);
    assert_eq!(desk.hosts(), json!([]));
    let audit = desk.ok(&["audit", "list"]);
    assert!(audit.contains("host.remove") && audit.contains("scrapped"), "{audit}");
    desk.ok(&["hosts", "import", "fleet.csv", "--yes"]);
    assert_eq!(desk.hosts().as_array().unwrap().len(), 2, "names and addresses are free");
}

#[test]
fn a_machine_with_a_genuine_image_is_approved() {
    let desk = Desk::new();
    desk.file("fleet.csv", two_hosts().as_bytes());
    let build = ["images", "build", "--csv", "fleet.csv", "--key", "k.toml", "--out", "out"];
    desk.ok(&[&build[..], &["--server", "http://127.0.0.1:1"]].concat());
    desk.ok(&["keys", "import", "k.toml"]);
    let query = query_of(&desk, "out/web1.iso");
    let (server, url) = serve(&desk, &[]);
    let path = format!("boot/v1/script?{query}&m=52:54:00:00:00:01&s=SN1&f=efi&a=x86_64");
    assert!(get(&url, &path).ends_with(LOCAL));
    server.end("-TERM");
    let waiting = desk.json(&["hosts", "list", "--discovered"]);
    assert_eq!((&waiting[0]["count"], &waiting[0]["shown"]["serial"]), (&json!(1), &json!("SN1")));
    let id = waiting[0]["id"].as_str().unwrap();
    assert!(desk.ok(&["hosts", "list", "--discovered"]).contains(id));
    desk.ok(&["hosts", "approve", id, "--name", "web9", "--address", "10.0.2.19/24"]);
    assert_eq!(desk.json(&["hosts", "list", "--discovered"]), json!([]));
    let host = desk.json(&["hosts", "show", "web9"]);
    assert_eq!((&host["id"], &host["status"]), (&json!(id), &json!("registered")));
    assert_eq!(host["spec"]["nics"][0]["mac"], "52:54:00:00:00:01");
    let again = desk.fails(&["hosts", "approve", id, "--name", "web8"]);
    assert!(again.contains("see `ipxe-orch hosts list --discovered`"), "{again}");
}

#[test]
fn a_swapped_board_is_relearnt() {
    let desk = Desk::with_hosts();
    let old = "4c4c4544-0042-3510-8054-b7c04f333232";
    let new = "4c4c4544-0042-3510-8054-b7c04f333233";
    desk.ok(&["hosts", "set", "db1", "--uuid", old]);
    let early = desk.fails(&["hosts", "relearn", "db1", "--yes"]);
    assert!(early.contains("boot it from its image, then relearn it"), "{early}");
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:02&u={new}", query(&desk, "db1"));
    let (server, url) = serve(&desk, &[]);
    assert!(get(&url, &path).ends_with(LOCAL));
    server.end("-TERM");
    let events = desk.ok(&["events", "--host", "db1"]);
    assert!(events.contains(&format!("refused: another UUID ({new})")), "{events}");
    let asked = desk.run(&["hosts", "relearn", "db1"]);
    assert!(asked.stdout.contains(&format!("UUID: {old} -> {new}")), "{asked:?}");
    assert_eq!(desk.json(&["hosts", "show", "db1"])["spec"]["uuid"], old, "not confirmed");
    desk.ok(&["hosts", "relearn", "db1", "--yes"]);
    assert_eq!(desk.json(&["hosts", "show", "db1"])["spec"]["uuid"], new);
}
