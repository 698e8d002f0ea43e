//! The server as a service: metrics at an address of their own, what it tells its manager, ids in
//! its log.

use crate::{follow::get, operator::Operator};
use std::{
    io::{BufRead as _, BufReader},
    os::unix::net::UnixDatagram,
    process::{Child, Command, Stdio},
    time::Duration,
};

const SETTINGS: &str = "\
log.json = true
log.level = 'debug'
trusted_proxies = ['127.0.0.0/8']
[[listen]]
address = '127.0.0.1:0'
[[listen]]
address = 'http://127.0.0.1:0'
faces = ['metrics']
";

/// Ended with its test.
struct Service {
    child: Child,
    manager: UnixDatagram,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Service {
    /// Its first lines, without what stands before the URLs.
    fn start(operator: &Operator) -> (Self, Vec<String>) {
        operator.file("c.toml", SETTINGS.as_bytes());
        let socket = operator.path("notify");
        let manager = UnixDatagram::bind(&socket).unwrap();
        manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut command = operator.command(&["serve", "--config", "c.toml"]);
        command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "200000");
        let log = std::fs::File::create(operator.path("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(2);
        let url = |line: String| line.split_once("http://").unwrap().1.to_owned();
        let urls = lines.map(|line| url(line.unwrap())).collect();
        (Self { child, manager }, urls)
    }

    /// Waits until it tells its manager this.
    fn tells(&self, what: &str) {
        let mut buffer = [0; 256];
        loop {
            let length = self.manager.recv(&mut buffer).expect("it tells its manager nothing more");
            let told = String::from_utf8_lossy(&buffer[..length]);
            if told.lines().any(|line| line == what) {
                break;
            }
        }
    }
}

#[test]
fn the_manager_is_told_that_it_is_ready_lives_and_stops() {
    let operator = Operator::with_hosts();
    let (mut service, _) = Service::start(&operator);
    service.tells("READY=1");
    service.tells("WATCHDOG=1");
    service.tells("WATCHDOG=1");
    Command::new("kill").args(["-TERM", &service.child.id().to_string()]).status().unwrap();
    service.tells("STOPPING=1");
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
}

#[test]
fn metrics_are_at_their_address_and_nowhere_else() {
    let operator = Operator::with_hosts();
    let (service, urls) = Service::start(&operator);
    service.tells("READY=1");
    let (machines, metrics) = (&urls[0], urls[1].strip_suffix("metrics").unwrap());
    assert!(get(machines, "boot/v1/script?x").starts_with("HTTP/1.1 400 "));
    assert!(get(machines, "metrics").starts_with("HTTP/1.1 404 "));
    assert!(get(metrics, "healthz").starts_with("HTTP/1.1 404 "));
    let text = get(metrics, "metrics");
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    for line in [
        "ipxe_orch_boot_requests_total{route=\"/boot/v1/script\",code=\"400\"} 1",
        "ipxe_orch_leases{state=\"marked\"} 1",
        "ipxe_orch_leases{state=\"registered\"} 1",
        "ipxe_orch_database_up 1",
        "ipxe_orch_database_failures_total{operation=\"write\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
    let commits = text.lines().find(|line| line.starts_with("ipxe_orch_database_commits_total "));
    assert_ne!(commits, Some("ipxe_orch_database_commits_total 0"), "it checks by a write");
}

#[test]
fn a_line_of_a_request_has_the_id_that_the_proxy_gave() {
    let operator = Operator::with_hosts();
    let (service, urls) = Service::start(&operator);
    service.tells("READY=1");
    crate::follow::get_with(&urls[0], "boot/v1/script?x", "X-Request-Id: abc-7\r\n");
    let log = crate::operator::read(operator.path("log"));
    let lines = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let of_it: Vec<_> = lines.filter(|line| line["span"]["id"] == "abc-7").collect();
    let texts: Vec<_> = of_it.iter().map(|line| line["fields"]["message"].as_str()).collect();
    assert!(texts.contains(&Some("a request was refused")), "{log}");
    assert!(texts.contains(&Some("answered")), "{log}");
    assert_eq!(of_it[0]["fields"]["route"], "/boot/v1/script");
}
