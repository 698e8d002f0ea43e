//! Lists: what narrows them, and that an empty one says so.

use crate::{
    follow::{get, query, serve},
    operator::Operator,
};
use serde_json::{Value, json};

fn len(list: &Value) -> usize {
    list.as_array().unwrap().len()
}

#[test]
fn alerts_are_listed_alone() {
    let operator = Operator::with_hosts();
    let (server, url) = serve(&operator, &[]);
    let path = |mac: &str| format!("boot/v1/script?{}&m={mac}", query(&operator, "db1"));
    get(&url, &path("52:54:00:00:00:02"));
    get(&url, &path("52:54:00:00:00:01"));
    get(&url, &path("52:54:00:00:00:02"));
    server.end("-TERM");
    assert_eq!(len(&operator.json(&["events"])), 3);
    let alerts = operator.json(&["events", "--alerts"]);
    assert_eq!((len(&alerts), &alerts[0]["event"]), (1, &json!("refused")), "{alerts}");
    let none = operator.run(&["events", "--alerts", "--host", "web1"]);
    assert_eq!((none.code, none.stderr.as_str()), (Some(0), "no event matches\n"), "{none:?}");
}

#[test]
fn a_list_that_is_empty_says_so() {
    let operator = Operator::new();
    operator.ok(&["hosts", "list"]);
    for (arguments, said) in [
        (&["hosts", "list"][..], "there is no host\n"),
        (&["hosts", "list", "--site", "fra"], "no host matches\n"),
        (&["hosts", "list", "--status", "failed", "--json"], "no host matches\n"),
        (&["hosts", "list", "--discovered"], "there is no discovered machine\n"),
        (&["events"], "there is no event\n"),
        (&["events", "--since", "1h"], "no event matches\n"),
    ] {
        let ran = operator.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), said), "{arguments:?}");
    }
    assert_eq!(operator.json(&["hosts", "list", "--site", "fra"]), json!([]));
}
