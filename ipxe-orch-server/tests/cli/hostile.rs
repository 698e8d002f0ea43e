//! Foreign text that would speak to the terminal, by each way in, and each command that shows it.

use crate::{
    follow::query,
    operator::{Operator, Ran, two_hosts},
    wire::{Wire, answer, server_with},
};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Sets a title, clears the screen by one byte, turns the text around, and forges a line.
const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{200b}\u{2028}\r\nINJECTED";
/// The same in a string of TOML or JSON.
const ESCAPED: &str = "\\u001b]0;x\\u0007\\u009b2J\\u202e\\u200b\\u2028\\r\\nINJECTED";

/// Asserts that a terminal would only draw this.
fn is_safe(what: &str, text: &str) {
    let hostile = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found: Vec<_> = text.chars().filter(hostile).collect();
    assert!(found.is_empty(), "{what}: {found:?} in\n{text:?}");
    let forged = text.lines().find(|line| line.starts_with("INJECTED"));
    assert_eq!(forged, None, "{what}: a forged line in\n{text}");
}

/// Runs it for people and for programs, whether it succeeds or not. Gives the first run.
fn safe(operator: &Operator, arguments: &[&str]) -> Ran {
    let mut first = None;
    for more in [&[][..], &["--json"]] {
        let ran = operator.run(&[arguments, &["-vvv"], more].concat());
        let what = format!("{arguments:?} {more:?}");
        is_safe(&what, &ran.stdout);
        is_safe(&what, &ran.stderr);
        first.get_or_insert(ran);
    }
    first.unwrap()
}

/// Every command that shows something stored.
fn all_shows(operator: &Operator) {
    for command in [
        &["hosts", "list"][..],
        &["hosts", "list", "--discovered"],
        &["hosts", "show", "web1"],
        &["hosts", "show", "db1"],
        &["nics", "list", "web1"],
        &["events"],
        &["events", "--alerts"],
        &["audit", "list"],
        &["audit", "verify"],
        &["profiles", "list"],
        &["profiles", "show", "tiny"],
        &["profiles", "preview", "--host", "web1"],
        &["keys", "list"],
        &["media", "list"],
        &["media", "verify"],
        &["firmware", "list"],
        &["config", "show"],
    ] {
        safe(operator, command);
    }
}

#[test]
fn cells_of_a_fleet_file_cannot() {
    let columns = "name,mac,address,gateway,dns,vlan,address6,gateway6,mtu,routes,profile,site,\
        uuid,serial,labels,first_boot,bonds,var.disk";
    let names: Vec<_> = columns.split(',').map(str::trim).collect();
    let cell = format!("\"a{HOSTILE}\"");
    let ordinary = |name: &str| match name {
        "name" => "web7",
        "mac" => "52:54:00:00:00:07",
        "address" => "10.0.2.27/24",
        _ => "",
    };
    let operator = Operator::with_hosts();
    for hostile in &names {
        let row: Vec<_> =
            names.iter().map(|name| if name == hostile { &cell } else { ordinary(name) }).collect();
        operator.file("f.csv", format!("{}\n{}\n", names.join(","), row.join(",")).as_bytes());
        safe(&operator, &["hosts", "import", "f.csv", "--yes"]);
        safe(&operator, &["hosts", "import", "f.csv", "--replace", "--dry-run"]);
        let build = ["images", "build", "--csv", "f.csv", "--key", "k.toml", "--out", "o"];
        safe(&operator, &[&build[..], &["--server", "http://127.0.0.1:1"]].concat());
    }
    for file in [
        format!("name,mac,{cell}\nweb7,52:54:00:00:00:07,x\n"),
        format!("name,mac,\"var.{HOSTILE}\"\nweb7,52:54:00:00:00:07,x\n"),
        format!("name,mac\nweb7,52:54:00:00:00:07,{cell}\n"),
        format!("{HOSTILE}\n{HOSTILE}\n"),
        HOSTILE.replace('\n', ",") + "\n",
    ] {
        operator.file("f.csv", file.as_bytes());
        let ran = safe(&operator, &["hosts", "import", "f.csv", "--yes"]);
        assert_ne!(ran.code, Some(0), "{file:?}");
    }
    all_shows(&operator);
}

#[test]
fn words_of_the_command_line_cannot() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "set", "web1", "--var", "disk=first"]);
    let pair = format!("a={HOSTILE}");
    let variable = format!("disk={HOSTILE}");
    for (option, value) in [
        ("--address", HOSTILE),
        ("--gateway", HOSTILE),
        ("--address6", HOSTILE),
        ("--dns", HOSTILE),
        ("--vlan", HOSTILE),
        ("--mtu", HOSTILE),
        ("--route", HOSTILE),
        ("--profile", HOSTILE),
        ("--site", HOSTILE),
        ("--uuid", HOSTILE),
        ("--serial", HOSTILE),
        ("--label", HOSTILE),
        ("--label", &pair),
        ("--local-boot", HOSTILE),
        ("--bond", HOSTILE),
        ("--var", HOSTILE),
        ("--var", &variable),
        ("--var", &pair),
        ("--secret", &pair),
        ("--config", HOSTILE),
        ("--database", HOSTILE),
        ("--data-dir", HOSTILE),
        ("--log-level", HOSTILE),
        (HOSTILE, "x"),
        ("--serial", "a\u{202e}b"),
        ("--var", "disk=/dev/disk/by-id/a\u{202e}b"),
        ("--label", "a=a\u{202e}b"),
        ("--var", "arguments=a\u{202e}b"),
        ("--site", "a\u{202e}b"),
    ] {
        safe(&operator, &["hosts", "set", "web1", option, value]);
    }
    for command in [
        &["hosts", "show", HOSTILE][..],
        &["hosts", "mark", "db1", "--yes", "--reason", HOSTILE, "--change-ref", HOSTILE],
        &["hosts", "mark", "db1", "--expires", HOSTILE],
        &["hosts", "cancel", "db1", "--reason", HOSTILE],
        &["hosts", "hold", "db1", "--reason", HOSTILE],
        &["hosts", "rename", "db1", HOSTILE],
        &["hosts", "import", HOSTILE],
        &["hosts", "export", HOSTILE],
        &["profiles", "set", "tiny", "--var", &variable, "--reason", HOSTILE],
        &["profiles", "preview", "--host", "web1", "--file", HOSTILE],
        &["profiles", "lint", HOSTILE],
        &["profiles", "apply", HOSTILE],
        &["profiles", "export", "tiny", HOSTILE],
        &["media", "add", HOSTILE, "--name", "x"],
        &["media", "import", HOSTILE, "--name", HOSTILE],
        &["media", "sync", "--from", HOSTILE],
        &["firmware", "import", HOSTILE],
        &["keys", "import", HOSTILE],
        &["keys", "retire", HOSTILE],
        &["audit", "list", "--actor", HOSTILE],
        &["events", "--since", HOSTILE],
        &["images", "build", "--host", "web1", "--out", HOSTILE, "--server", HOSTILE],
        &["images", "build", "--host", "web1", "--out", "x.iso", "--server", HOSTILE],
        &[HOSTILE],
    ] {
        safe(&operator, command);
    }
    all_shows(&operator);
}

#[test]
fn toml_cannot() {
    let operator = Operator::with_hosts();
    let texts = [
        format!("\"{ESCAPED}\" = 1\n"),
        format!("listen = \"{ESCAPED}\"\n"),
        format!("database = \"sqlite://{ESCAPED}\"\n"),
        format!("server_urls = [\"{ESCAPED}\"]\n"),
        format!("[log]\nlevel = \"{ESCAPED}\"\n"),
        format!("[\"{ESCAPED}\"]\nx = 1\n"),
        format!("data_dir = \"{ESCAPED}\"\n"),
        format!("listen = '{HOSTILE}'\n"),
        format!("{HOSTILE} = 1\n"),
        HOSTILE.to_owned(),
    ];
    for text in &texts {
        operator.file("c.toml", text.as_bytes());
        safe(&operator, &["config", "show", "--config", "c.toml"]);
        safe(&operator, &["hosts", "list", "--config", "c.toml"]);
        operator.file("k.toml", text.as_bytes());
        safe(&operator, &["keys", "import", "k.toml"]);
    }
    for (at, text) in [
        ("profile.toml", format!("name = \"{ESCAPED}\"\ntitle = 't'\nscript = 'boot'\n")),
        ("profile.toml", format!("name = 'h'\ntitle = \"{ESCAPED}\"\nscript = 'boot'\n")),
        ("profile.toml", format!("name = 'h'\ntitle = 't'\nscript = \"{ESCAPED}\"\n")),
        ("profile.toml", format!("name = 'h'\ntitle = 't'\nscript = 'boot'\n\"{ESCAPED}\" = 1\n")),
        (
            "profile.toml",
            format!("name = 'h'\ntitle = 't'\nscript = 'boot'\n[terms]\n\"{ESCAPED}\" = 1\n"),
        ),
        (
            "profile.toml",
            format!(
                "name = 'h'\ntitle = 't'\nscript = 'boot'\n[[media]]\nname = 'a'\npath = \"{ESCAPED}\"\n"
            ),
        ),
        (
            "profile.toml",
            format!("name = 'h'\ntitle = 't'\nscript = 'boot'\nloader = \"{ESCAPED}\"\n"),
        ),
        (
            "profile.toml",
            format!(
                "name = 'h'\ntitle = 't'\nscript = 'boot'\n[variables.v]\ntype = 'text'\ntitle = \"{ESCAPED}\"\nhelp = \"{ESCAPED}\"\n"
            ),
        ),
        (
            "profile.toml",
            format!(
                "name = 'h'\ntitle = 't'\nscript = 'boot'\n[variables.v]\ntype = 'choice'\ntitle = 't'\nvalues = [\"{ESCAPED}\"]\n"
            ),
        ),
        ("profile.toml", format!("name = 'h'\n{HOSTILE}")),
        ("media.lock", format!("\"{ESCAPED}\" = 1\n")),
        ("boot", format!("#!ipxe\necho {HOSTILE}\nexit 1\n")),
        ("boot", format!("#!ipxe\n{HOSTILE}\n")),
        ("boot", format!("#!ipxe\ngoto {HOSTILE}\n")),
        ("boot", format!("#!ipxe\n{{{{{HOSTILE}}}}}\n")),
        ("boot", format!("#!ipxe\n{{{{join host.labels \"{HOSTILE}\"}}}}\n")),
        ("boot", format!("#!ipxe\n{{{{#{HOSTILE}}}}}\n")),
    ] {
        std::fs::remove_dir_all(operator.path("h")).ok();
        operator.file("h/profile.toml", b"name = 'h'\ntitle = 't'\nscript = 'boot'\n");
        operator.file("h/boot", b"#!ipxe\nexit 1\n");
        operator.file(&format!("h/{at}"), text.as_bytes());
        for command in ["lint", "diff", "apply"] {
            safe(&operator, &["profiles", command, "h"]);
        }
        safe(&operator, &["profiles", "show", "h"]);
        safe(&operator, &["profiles", "list"]);
        safe(&operator, &["hosts", "set", "db1", "--profile", "h", "--var", "v=1"]);
    }
    all_shows(&operator);
}

/// The log is a terminal's as well: `journalctl` and `tail` show it there.
#[test]
fn machines_cannot() {
    for json in [false, true] {
        let operator = Operator::new();
        operator.file("fleet.csv", two_hosts().as_bytes());
        operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
        for file in ["vmlinuz", "initrd.img", "disk.img"] {
            operator.file(&format!("data/media/tiny/{file}"), b"x");
        }
        operator.file("c.toml", format!("[log]\njson = {json}\n").as_bytes());
        let (server, address) = serve(&operator);
        let query = query(&operator, "web1");
        let bytes: Vec<_> = HOSTILE.bytes().map(|byte| format!("{byte:02x}")).collect();
        let (hex, percent) = (bytes.concat(), format!("%{}", bytes.join("%")));
        let (mac, boot) = ("m=52:54:00:00:00:01", format!("/boot/v1/script?{query}"));
        for target in [
            format!("{boot}&m={percent}"),
            format!("{boot}&{mac}&u={percent}&f=efi&a=x86_64"),
            format!("{boot}&{mac}&s={percent}"),
            format!("{boot}&{mac}&x={hex}&f={percent}&a={percent}"),
            format!("{boot}&m=52:54:00:00:00:09&x={hex}&s={percent}&b={percent}"),
            format!("{boot}&{mac}&x={hex}&f=efi&a=x86_64"),
            format!("/boot/v1/script?h={percent}&{percent}={percent}"),
            format!("/boot/v1/t/{percent}/claim"),
            format!("/{percent}?{percent}"),
        ] {
            ask(&address, "GET", &target, "", HOSTILE);
        }
        // Another serial number is registered: what it shows is refused, and told.
        operator.ok(&["hosts", "set", "web1", "--serial", "SN1"]);
        ask(&address, "GET", &format!("{boot}&{mac}&x={hex}&f=efi&a=x86_64"), "", HOSTILE);
        operator.ok(&["hosts", "set", "web1", "--no-serial"]);
        let script = ask(&address, "GET", &format!("{boot}&{mac}&f=efi&a=x86_64"), "", HOSTILE);
        // A ticket may end with `t`, so that `t/` alone does not show where it begins.
        let ticket = script.split(" t/").find_map(|rest| rest.split_once("/claim")).map(|(t, _)| t);
        let ticket = format!("/boot/v1/t/{}", ticket.unwrap_or_else(|| panic!("{script}")));
        ask(&address, "GET", &format!("{ticket}/claim"), "", HOSTILE);
        ask(&address, "GET", &format!("{ticket}/answer/{percent}"), "", HOSTILE);
        ask(&address, "GET", &format!("{ticket}/media/{percent}"), "", HOSTILE);
        let report = format!("status=progress&message={percent}");
        ask(&address, "POST", &format!("{ticket}/report"), &report, HOSTILE);
        ask(&address, "POST", &format!("{ticket}/report"), &format!("status={percent}"), HOSTILE);
        ask(&address, "GET", &format!("{ticket}/report?{report}"), "", HOSTILE);
        let report = format!("status=failed&message={percent}");
        ask(&address, "POST", &format!("{ticket}/report"), &report, HOSTILE);
        let log = end(server);
        assert!(log.contains("INJECTED"), "a log at level trace has it: {log}");
        assert!(log.lines().count() > 3, "{log}");
        is_safe("the log", &log);
        let events = operator.ok(&["events"]);
        assert!(events.contains("INJECTED"), "it is told, and safely: {events}");
        all_shows(&operator);
    }
}

#[test]
fn other_servers_cannot() {
    let operator = Operator::with_hosts();
    operator.ok(&["keys", "rotate", "--purpose", "media_sync"]);
    let wire = Wire::answering(|_| {
        let head = format!("X-A: {}\r\n", HOSTILE.replace("\r\n", " "));
        answer(&format!("500 {}", HOSTILE.replace("\r\n", " ")), &head, HOSTILE.as_bytes())
    });
    safe(&operator, &["media", "sync", "--from", &wire.url]);
    for list in [
        HOSTILE.to_owned(),
        format!("{{\"{ESCAPED}\": 1}}"),
        format!("[{{\"name\": \"{ESCAPED}\", \"files\": {{}}}}]"),
        format!("[{{\"name\": \"a\", \"files\": {{\"{ESCAPED}\": 1}}}}]"),
        format!("{{\"version\": 1, \"sets\": [{{\"name\": \"{ESCAPED}\"}}]}}"),
    ] {
        let wire = server_with(&operator, list, Vec::new());
        safe(&operator, &["media", "sync", "--from", &wire.url]);
    }
    all_shows(&operator);
}

/// A server that logs everything; its address.
fn serve(operator: &Operator) -> (Child, String) {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--config", "c.toml", "--log-level"];
    let mut command = operator.command(&[&arguments[..], &["trace"]].concat());
    let log = std::fs::File::create(operator.path("log")).unwrap();
    let mut server = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap().trim_end_matches('/');
    (server, address.to_owned())
}

/// Ends the server. Gives its log.
fn end(mut server: Child) -> String {
    let log = format!("/proc/{}/fd/2", server.id());
    let log = std::fs::read_link(log).unwrap();
    Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    server.wait().unwrap();
    String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned()
}

/// Asks; `agent` says who. A header has no line breaks, and bytes over 0x7f.
fn ask(address: &str, method: &str, target: &str, body: &str, agent: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let agent: String = agent.chars().filter(|c| !c.is_ascii_control()).collect();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\n\
         X-Forwarded-For: {agent}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}
