//! What `--json` prints is an interface: its fields stay as they are.

use crate::{
    follow::{get, query, query_of, serve},
    operator::{HEADER, Operator, read, two_hosts},
};
use insta::assert_snapshot;
use serde_json::Value;
use std::fmt::Write as _;

/// What differs from run to run stands as `ID`, `KEY`, `DIGEST`, `TIME`, `URL`, `WHO`.
fn same(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(same),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| field(name, value)),
        Value::String(text) => *text = said(text),
        _ => {}
    }
}

fn field(name: &str, value: &mut Value) {
    match value {
        Value::String(text)
            if text.len() == 8 && ["id", "key", "image_key", "tag"].contains(&name) =>
        {
            *text = "KEY".to_owned();
        }
        Value::String(text) if name == "user" => *text = "WHO".to_owned(),
        Value::Array(values) if name == "new" => values.iter_mut().for_each(|id| field("id", id)),
        other => same(other),
    }
}

fn said(text: &str) -> String {
    let mut after_key = false;
    let word = |word: &str| {
        let is_key = std::mem::replace(&mut after_key, word == "key");
        let is_digest = word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
        let is_time = word.len() == 24 && word.ends_with('Z') && word.contains('T');
        let shown = match word {
            _ if is_key => "KEY",
            _ if uuid::Uuid::try_parse(word).is_ok() => "ID",
            _ if is_digest => "DIGEST",
            _ if is_time => "TIME",
            _ if word.starts_with("http://127.0.0.1:") => "URL",
            _ if word.starts_with("local:") => "WHO",
            _ => word,
        };
        shown.to_owned()
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Runs commands and keeps what each printed.
struct Session<'a> {
    operator: &'a Operator,
    told: String,
}

impl<'a> Session<'a> {
    fn new(operator: &'a Operator) -> Self {
        Self { operator, told: String::new() }
    }

    /// Whatever its exit code is.
    fn run(&mut self, line: &str) -> Value {
        let arguments: Vec<_> = line.split(' ').chain(["--json"]).collect();
        let ran = self.operator.run(&arguments);
        let json: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{line}: {error}: {ran:?}"));
        let mut shown = json.clone();
        same(&mut shown);
        let line = said(line);
        writeln!(self.told, "$ {line}\n{}\n", serde_json::to_string_pretty(&shown).unwrap())
            .unwrap();
        json
    }
}

#[test]
fn hosts_keys_and_images() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().as_bytes());
    operator.file("bad.csv", format!("{HEADER}web3,x,10.0.2.17/24,10.0.2.2,,\n").as_bytes());
    operator.file("password", b"geheim\n");
    let mut session = Session::new(&operator);
    for line in [
        "hosts import fleet.csv --dry-run",
        "hosts import fleet.csv --yes",
        "hosts add web2 --mac 52:54:00:00:00:03 --address 10.0.2.17/24 --profile debian-13",
        "hosts set web2 --label rack=r7 --site muc",
        "hosts set web2 --label rack=r7",
        "nics add web2 --mac 52:54:00:00:00:04 --address 10.0.3.17/24 --vlan 7",
        "nics set web2 52:54:00:00:00:04 --no-vlan",
        "nics list web2",
        "nics remove web2 52:54:00:00:00:04",
        "profiles set debian-13 --site muc --secret root_password=@password --var disk=/dev/sda",
        "hosts mark db1 web1 --reason why --change-ref CHG-1 --yes",
        "hosts cancel db1 web2",
        "hosts rename web2 web4",
        "hosts rename web4 web2",
        "hosts hold db1 --reason broken",
        "hosts list",
        "hosts show web2",
        "hosts remove web2 web1 --yes",
        "images build --all --out out --server http://10.0.0.1:8080",
        "images build --host db1 --out one.iso --server http://10.0.0.1:8080",
        "images build --csv fleet.csv --key k.toml --out csv --server http://10.0.0.1:8080",
        "keys new n.toml",
        "keys import n.toml",
        "keys rotate --purpose master",
        "keys reseal",
        "keys list",
        "audit list --host web2",
        "audit list --limit 1",
        "audit verify",
        "audit sinks",
        "audit prune --before 30d --dry-run",
    ] {
        session.run(line);
    }
    let bad = operator.run(&["hosts", "import", "bad.csv", "--partial", "--json"]);
    assert_eq!((bad.code, bad.stdout.as_str()), (Some(1), ""), "{bad:?}");
    assert_snapshot!(session.told);
}

#[test]
fn profiles() {
    let operator = Operator::new();
    let profile = "name = 'own'\ntitle = 'Own'\nscript = 'boot.hbs'\n\
        [[media]]\nname = 'kernel'\npath = 'own/kernel'\n\
        [variables.disk]\ntype = 'text'\ntitle = 'Disk'\ndefault = '/dev/vda'\n";
    for (folder, script) in [("config/profiles", "one"), ("new", "two")] {
        operator.file(&format!("{folder}/own/profile.toml"), profile.as_bytes());
        let script = format!("#!ipxe\necho {script} {{{{host.name}}}}\nexit 1\n");
        operator.file(&format!("{folder}/own/boot.hbs"), script.as_bytes());
    }
    let fleet = two_hosts().replace("tiny,install", "own,local").replace("tiny", "own");
    operator.file("fleet.csv", fleet.as_bytes());
    operator.ok(&["profiles", "apply", "config/profiles"]);
    operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
    let mut session = Session::new(&operator);
    for line in [
        "profiles apply config/profiles",
        "profiles set own --var disk=/dev/sda",
        "profiles show own",
        "profiles lint new",
        "profiles diff new",
        "profiles preview --host web1",
        "profiles export own exported",
    ] {
        session.run(line);
    }
    let listed = session.operator.json(&["profiles", "list"]);
    let own = listed.as_array().unwrap().iter().find(|view| view["profile"]["name"] == "own");
    assert_eq!(own.unwrap()["missing_media"], serde_json::json!(["own/kernel"]));
    assert_snapshot!(session.told);
}

#[test]
fn media_and_firmware() {
    let (operator, there) = (Operator::new(), Operator::new());
    there.file("linux", b"kernel");
    there.ok(&["media", "add", "linux", "--name", "netboot"]);
    let (_server, url) = serve(&there, &[]);
    operator.file("data/keys.toml", read(there.path("data/keys.toml")).as_bytes());
    crate::sync::private(&operator);
    operator.file("initrd", b"initrd");
    let from = format!("http://{}", url.trim_end_matches('/'));
    let mut session = Session::new(&operator);
    session.run(&format!("media sync --from {from} --dry-run"));
    session.run(&format!("media sync --from {from}"));
    for line in [
        "media add initrd --name netboot",
        "media list",
        "media show netboot",
        "media verify",
        "media remove netboot",
        "firmware list",
        "firmware import firmware",
    ] {
        session.run(line);
    }
    assert_snapshot!(session.told);
}

#[test]
fn machines() {
    let operator = Operator::with_hosts();
    let uuid = "4c4c4544-0042-3510-8054-b7c04f333232";
    operator.ok(&["hosts", "set", "db1", "--uuid", "4c4c4544-0042-3510-8054-b7c04f333233"]);
    let build = ["images", "build", "--csv", "fleet.csv", "--key", "k.toml", "--out", "out"];
    operator.ok(&[&build[..], &["--server", "http://127.0.0.1:1"]].concat());
    operator.ok(&["keys", "import", "k.toml"]);
    operator.ok(&["hosts", "cancel", "web1"]);
    operator.ok(&["hosts", "remove", "web1", "--yes"]);
    let (server, url) = serve(&operator, &[]);
    let boot = |query: String, number| {
        let more = format!("&m=52:54:00:00:00:0{number}&u={uuid}&s=SN1&f=efi&a=x86_64");
        get(&url, &format!("boot/v1/script?{query}{more}"));
    };
    boot(query_of(&operator, "out/web1.iso"), 1);
    boot(query(&operator, "db1"), 2);
    server.end("-TERM");
    let mut session = Session::new(&operator);
    session.run("events");
    let waiting = session.run("hosts list --discovered");
    let id = waiting[0]["id"].as_str().unwrap();
    session.run(&format!("hosts approve {id} --name web9 --address 10.0.2.19/24"));
    session.run("hosts relearn db1 --yes");
    assert_snapshot!(session.told);
}

#[test]
fn an_install() {
    let operator = Operator::with_hosts();
    for name in ["vmlinuz", "initrd.img", "disk.img"] {
        operator.file(&format!("data/media/tiny/{name}"), b"content");
    }
    operator.ok(&["hosts", "mark", "db1", "--reason", "why"]);
    let (server, url) = serve(&operator, &[]);
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:02", query(&operator, "db1"));
    let install = get(&url, &path);
    let ticket = install.split("/claim").next().unwrap().rsplit('/').next().unwrap();
    let mut session = Session::new(&operator);
    session.run("hosts list --status offered");
    for step in [
        "claim",
        "report?status=progress&message=half",
        "report?status=done&message=all&loader=/EFI/tiny/grubx64.efi",
    ] {
        assert!(get(&url, &format!("boot/v1/t/{ticket}/{step}")).starts_with("HTTP/1.1 20"));
        session.run("hosts show db1");
    }
    server.end("-TERM");
    session.run("events --host db1");
    assert_snapshot!(session.told);
}
