//! The server as a process: it says where it listens, answers, sees what the command line does at
//! once, and stops when it is told to.

use crate::operator::Operator;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

/// A process that is ended with its test.
pub(crate) struct Running(Child);

impl Running {
    /// Told to end by this signal.
    pub(crate) fn end(mut self, signal: &str) -> ExitStatus {
        let id = self.0.id().to_string();
        Command::new("kill").args([signal, &id]).status().unwrap();
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts a command; gives its lines.
fn start(operator: &Operator, arguments: &[&str]) -> (Running, impl Iterator<Item = String>) {
    let mut command = operator.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (Running(child), lines.map(Result::unwrap))
}

pub(crate) fn serve(operator: &Operator, more: &[&str]) -> (Running, String) {
    let arguments = [&["serve", "--listen", "127.0.0.1:0"], more].concat();
    let (process, mut lines) = start(operator, &arguments);
    let line = lines.next().unwrap();
    let url = line.strip_prefix("listening on http://").unwrap().to_owned();
    (process, url)
}

/// The same, with the first lines that it prints.
pub(crate) fn serve_lines(
    operator: &Operator,
    more: &[&str],
    count: usize,
) -> (Running, Vec<String>) {
    let arguments = [&["serve", "--listen", "127.0.0.1:0"], more].concat();
    let (process, lines) = start(operator, &arguments);
    (process, lines.take(count).collect())
}

pub(crate) fn get(url: &str, path: &str) -> String {
    get_with(url, path, "")
}

/// The same with more lines in the head, each with its end.
pub(crate) fn get_with(url: &str, path: &str, lines: &str) -> String {
    let (address, base) = url.split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!(
        "GET /{base}{path} HTTP/1.1\r\nHost: {address}\r\n{lines}Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The query of a host's image.
pub(crate) fn query(operator: &Operator, host: &str) -> String {
    let image = format!("{host}.iso");
    let server = ["--server", "http://127.0.0.1:1"];
    operator.ok(&[&["images", "build", "--host", host, "--out", &image], &server[..]].concat());
    query_of(operator, &image)
}

/// The query of an image.
pub(crate) fn query_of(operator: &Operator, image: &str) -> String {
    let image = std::fs::read(operator.path(image)).unwrap();
    let text = String::from_utf8_lossy(&image);
    let query = text.split("set orch-query ").nth(1).unwrap().lines().next().unwrap();
    query.split("&u=").next().unwrap().to_owned()
}

#[test]
fn the_server_answers_at_its_base_path_and_stops_on_either_signal() {
    for signal in ["-INT", "-TERM"] {
        let operator = Operator::with_hosts();
        operator.file("c.toml", b"base_path = '/a/b'");
        let (server, url) = serve(&operator, &["--config", "c.toml"]);
        assert!(url.ends_with("/a/b/"), "{url}");
        assert!(get(&url, "boot/v1/canary").starts_with("HTTP/1.1 404 "));
        assert!(get(&url, "healthz").starts_with("HTTP/1.1 200 "));
        assert_eq!(server.end(signal).code(), Some(0), "{signal}");
    }
}

#[test]
fn server_and_command_line_see_each_others_writes_at_once() {
    let operator = Operator::with_hosts();
    operator.file("data/media/tiny/vmlinuz", b"kernel");
    operator.file("data/media/tiny/initrd.img", b"initrd");
    operator.file("data/media/tiny/disk.img", b"disk");
    let (server, url) = serve(&operator, &[]);
    let (_follower, mut events) =
        start(&operator, &["events", "--follow", "--since", "1h", "--utc"]);
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:02", query(&operator, "db1"));
    assert!(get(&url, &path).ends_with("set orch-answer local\nexit 0\n"));
    operator.ok(&["hosts", "mark", "db1"]);
    let install = get(&url, &path);
    assert!(install.contains("set orch-answer install"), "{install}");
    assert_eq!(operator.json(&["hosts", "show", "db1"])["status"], "offered");
    let shown =
        operator.ok(&["hosts", "show", "db1"]) + &operator.ok(&["hosts", "show", "db1", "--json"]);
    let ticket = install.split("/claim").next().unwrap().rsplit('/').next().unwrap();
    assert!(!ticket.is_empty() && !shown.contains(ticket), "a ticket is never shown");
    assert!(get(&url, &format!("boot/v1/t/{ticket}/claim")).starts_with("HTTP/1.1 200 "));
    assert_eq!(operator.json(&["hosts", "show", "db1"])["status"], "installing");
    for expected in ["boots its own disk", "offered its install (offer 1)", "claimed its install"] {
        let line = events.next().unwrap();
        assert!(line.contains("db1") && line.contains(expected), "{line}");
    }
    server.end("-TERM");
    let events = operator.json(&["events", "--host", "db1"]);
    assert_eq!(events.as_array().unwrap().len(), 3, "{events}");
}

/// A11: behind a trusted proxy, from mark to report, as it is shown.
#[test]
fn a_report_from_another_address_is_shown_with_both() {
    let operator = Operator::with_hosts();
    for name in ["vmlinuz", "initrd.img", "disk.img"] {
        operator.file(&format!("data/media/tiny/{name}"), name.as_bytes());
    }
    operator.file("c.toml", b"trusted_proxies = ['127.0.0.1/32']");
    let (server, url) = serve(&operator, &["--config", "c.toml"]);
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:02", query(&operator, "db1"));
    operator.ok(&["hosts", "mark", "db1"]);
    let from =
        |path: &str, client: &str| get_with(&url, path, &format!("X-Forwarded-For: {client}\r\n"));
    let install = from(&path, "192.0.2.7");
    let ticket = install.split("/claim").next().unwrap().rsplit('/').next().unwrap();
    for (request, client) in [
        ("claim", "192.0.2.7"),
        ("report?status=started&message=disk", "192.0.2.7"),
        ("report?status=progress&message=50", "198.51.100.66"),
        ("report?status=done", "198.51.100.66"),
    ] {
        let answer = from(&format!("boot/v1/t/{ticket}/{request}"), client);
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }
    server.end("-TERM");
    let shown = operator.ok(&["hosts", "show", "db1"]);
    let claimed = shown.lines().find(|line| line.contains("claimed")).unwrap();
    assert!(claimed.ends_with(", from 192.0.2.7"), "{claimed}");
    assert_eq!(operator.json(&["hosts", "show", "db1"])["attempt"]["claimed_from"], "192.0.2.7");
    let events = operator.ok(&["events", "--host", "db1", "--utc"]);
    let (_, reports) = events.split_once("claimed its install").unwrap();
    let told: Vec<_> = reports
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().skip(2).collect::<Vec<_>>().join(" "))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    db1 reports started: disk 192.0.2.7
    db1 reports started: 50, from another address than its claim (192.0.2.7) 198.51.100.66 ALERT
    db1 reports done, from another address than its claim (192.0.2.7) 198.51.100.66
    ");
    let alerts = operator.json(&["events", "--host", "db1", "--alerts"]);
    assert_eq!(alerts.as_array().unwrap().len(), 1, "{alerts}");
    let alert = (&alerts[0]["origin"], &alerts[0]["claimed_from"]);
    assert_eq!(alert, (&"198.51.100.66".into(), &"192.0.2.7".into()));
}

#[test]
fn the_server_tells_of_a_mark_that_expired() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "mark", "db1", "--expires", "1s"]);
    std::thread::sleep(Duration::from_millis(1100));
    let (server, _) = serve(&operator, &[]);
    let (_follower, mut events) =
        start(&operator, &["events", "--follow", "--since", "1h", "--utc"]);
    let line = events.next().unwrap();
    assert!(
        line.contains("db1 ") && line.contains("was not installed before its mark expired"),
        "{line}"
    );
    assert!(line.ends_with("sweep  ALERT"), "{line}");
    server.end("-TERM");
    let told = operator.json(&["events", "--host", "db1"]);
    assert_eq!((&told[0]["event"], &told[0]["what"]), (&"overdue".into(), &"mark".into()));
    let late = operator.json(&["hosts", "list", "--status", "overdue"]);
    assert_eq!(late.as_array().unwrap().len(), 1, "{late}");
    assert_eq!((&late[0]["name"], &late[0]["phase"]), (&"db1".into(), &"marked".into()));
    let ran = operator.run(&["hosts", "list"]);
    assert!(ran.stderr.contains("1 overdue: see"), "{ran:?}");
    assert!(operator.ok(&["hosts", "show", "db1"]).contains("mark it again, and boot it"));
}
