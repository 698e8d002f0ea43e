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
fn the_audit_is_narrowed_by_host_actor_and_time() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "hold", "web1", "--reason", "a"]);
    operator.ok(&["hosts", "hold", "db1", "--reason", "b"]);
    let all = len(&operator.json(&["audit", "list", "--limit", "0"]));
    let list = |filter: &[&str]| {
        let whole = [&["audit", "list", "--limit", "0"], filter].concat();
        len(&operator.json(&whole))
    };
    assert_eq!(list(&["--host", "web1"]), 2, "made and held");
    let who = operator.json(&["audit", "list", "--limit", "1"])[0]["entry"]["actor"].clone();
    let user = who["user"].as_str().unwrap();
    // Each of the three reads before has left an entry.
    assert_eq!(list(&["--actor", user]), all + 3);
    assert_eq!(list(&["--actor", &format!("local:{user}"), "--since", "1h"]), all + 4);
    assert_eq!(list(&["--actor", "nobody-else"]), 0);
    operator.ok(&["hosts", "release", "db1"]);
    let newest = operator.json(&["audit", "list", "--limit", "1"])[0]["entry"]["at"].clone();
    assert_eq!(list(&["--since", newest.as_str().unwrap()]), 2, "the release, and the read");
    assert_eq!(list(&["--since", "2020-01-01T00:00Z", "--host", "db1"]), 3);

    let ran = operator.run(&["audit", "list", "--since", "1h", "--host", "db2"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "no entry matches\n"));
    let ran = operator.run(&["audit", "list", "--limit", "2"]);
    let note = format!("the newest 2 of {}: see all with --limit 0\n", all + 11);
    assert_eq!((ran.stdout.lines().count(), ran.stderr), (3, note));
    let wrong = operator.run(&["audit", "list", "--since", "tomorrow"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn a_list_that_is_empty_says_so() {
    let operator = Operator::new();
    for (arguments, said) in [
        (&["hosts", "list"][..], "there is no host\n"),
        (&["hosts", "list", "--site", "fra"], "no host matches\n"),
        (&["hosts", "list", "--status", "failed", "--json"], "no host matches\n"),
        (&["hosts", "list", "--discovered"], "there is no discovered machine\n"),
        (&["audit", "list", "--actor", "eve"], "no entry matches\n"),
        (&["events"], "there is no event\n"),
        (&["events", "--since", "1h"], "no event matches\n"),
        (&["media", "list"], "there is no media set\n"),
        (&["media", "verify"], "there is no media set\n"),
    ] {
        let ran = operator.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), said), "{arguments:?}");
    }
    assert_eq!(operator.json(&["hosts", "list", "--site", "fra"]), json!([]));
}

#[test]
fn notes_are_left_out_on_demand_and_errors_are_not() {
    let operator = Operator::without_database();
    let ran = operator.run(&["database", "init", "-q"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "keys were made in silence");
    let ran = operator.run(&["hosts", "list", "-q"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "an empty list");
    let hold = ["hosts", "hold", "none", "--quiet"];
    assert!(operator.fails(&hold).starts_with("error: "));
    operator.file("bad.csv", b"name,mac\nx,y\n");
    let import = operator.fails(&["-q", "hosts", "import", "bad.csv", "--yes"]);
    assert!(import.contains("bad.csv: "), "{import}");
}

#[test]
fn more_is_logged_on_demand() {
    let operator = Operator::new();
    let level = |arguments: &[&str]| {
        let shown = operator.json(&[&["config", "show"], arguments].concat());
        let settings = shown["settings"].as_array().unwrap().clone();
        let level = settings.into_iter().find(|setting| setting["name"] == "log.level").unwrap();
        (level["value"].clone(), level["from"].clone())
    };
    assert_eq!(level(&[]), (json!("warn"), json!("default")));
    assert_eq!(level(&["-v"]), (json!("info"), json!("flag")));
    assert_eq!(level(&["-vv"]), (json!("debug"), json!("flag")));
    let both = operator.run(&["config", "show", "-v", "--log-level", "info"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

/// `script` (util-linux) gives the program a terminal.
#[test]
fn tables_fit_a_terminal_and_are_whole_in_a_pipe() {
    let operator = Operator::with_hosts();
    let reason = "many words ".repeat(20);
    operator.ok(&["hosts", "hold", "db1", "--reason", &reason]);
    let list = operator.command(&["audit", "list"]);
    let shell =
        format!("stty cols 70 rows 20; '{}' audit list", list.get_program().to_str().unwrap());
    let mut terminal = std::process::Command::new("script");
    terminal.args(["-qec", &shell, "/dev/null"]).current_dir(operator.path("")).env_clear();
    terminal.envs(list.get_envs().filter_map(|(name, value)| Some((name, value?))));
    terminal.env("PATH", "/usr/bin:/bin").stdin(std::process::Stdio::null());
    let shown = operator.ran(terminal.output().unwrap()).stdout;
    let widths: Vec<_> = shown.lines().map(|line| line.trim_end().chars().count()).collect();
    assert!(widths.iter().all(|width| *width <= 70) && widths.contains(&70), "{shown}");
    assert!(shown.contains("db1") && shown.contains('…'), "{shown}");
    assert!(operator.ok(&["audit", "list"]).contains(reason.trim_end()));
}
