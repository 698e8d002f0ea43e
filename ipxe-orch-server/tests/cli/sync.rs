//! Sets are fetched from another server of the installation.

use crate::{
    follow::{Running, serve},
    operator::{Operator, read},
    wire::{STALL, Wire, answer, server_with, split, tls},
};
use ipxe_orch_core::{digest::Digest, media::MediaSet};
use serde_json::{Value, json};
use std::{fs, process::Stdio, thread::sleep, time::Duration};

/// A server with the set `netboot` (`linux`, `initrd.gz` of 3 MB), and an operator beside it that has
/// its keys and nothing else.
struct Pair {
    there: Operator,
    here: Operator,
    /// `host:port/`
    url: String,
    _server: Running,
}

fn initrd() -> Vec<u8> {
    (0..3_000_000_u64).map(|at| u8::try_from(at * 7919 % 251).unwrap()).collect()
}

impl Pair {
    fn new() -> Self {
        let (there, here) = (Operator::new(), Operator::without_database());
        there.file("linux", b"kernel");
        there.file("initrd.gz", &initrd());
        there.ok(&["media", "add", "linux", "initrd.gz", "--name", "netboot"]);
        let (server, url) = serve(&there, &[]);
        here.file("data/keys.toml", read(there.path("data/keys.toml")).as_bytes());
        private(&here);
        here.ok(&["database", "init"]);
        Self { there, here, url, _server: server }
    }

    fn from(&self) -> String {
        format!("http://{}", self.url.trim_end_matches('/'))
    }
}

fn show(operator: &Operator) -> Value {
    operator.json(&["media", "show", "netboot"])
}

pub(crate) fn private(operator: &Operator) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(operator.path("data/keys.toml"), fs::Permissions::from_mode(0o600))
        .unwrap();
}

fn sync(operator: &Operator, from: &str, more: &[&str]) -> Value {
    operator.json(&[&["media", "sync", "--from", from], more].concat())["sets"].clone()
}

fn fails(operator: &Operator, from: &str) -> String {
    let error = operator.fails(&["media", "sync", "--from", from]);
    error.replace(from, "URL")
}

/// All contents here, whole or not.
fn contents(operator: &Operator) -> Vec<String> {
    let all = operator.names("data/media/blobs").into_iter().flat_map(|name| {
        if name.starts_with('.') {
            vec![name]
        } else {
            operator.names(&format!("data/media/blobs/{name}"))
        }
    });
    all.collect()
}

#[test]
fn what_another_server_has_is_fetched_once() {
    let pair = Pair::new();
    let wire = Wire::new(&pair.url, |_, answer| answer);
    let would = sync(&pair.here, &wire.url, &["--dry-run"]);
    let set = json!([{
        "name": "netboot", "state": "new", "files": 2, "contents": 2, "bytes": 3_000_006,
        "already": 0, "replaced": null,
    }]);
    assert_eq!(would, set);
    assert_eq!(pair.here.names("data/media"), [""; 0], "nothing is made");
    assert_eq!(sync(&pair.here, &wire.url, &[]), set);
    assert_eq!(show(&pair.here), show(&pair.there));
    let text = |operator: &Operator| read(operator.path("data/media/sets/netboot.toml"));
    assert_eq!(text(&pair.here), text(&pair.there));
    pair.here.ok(&["media", "verify"]);
    assert_eq!(contents(&pair.here), contents(&pair.there));

    let before = wire.asked("/blobs/").len();
    let again = sync(&pair.here, &wire.url, &[]);
    assert_eq!((&again[0]["state"], &again[0]["contents"]), (&json!("same"), &json!(0)));
    assert_eq!(wire.asked("/blobs/").len(), before, "nothing is asked for twice");
    let said = pair.here.ok(&["media", "sync", "netboot", "--from", &pair.from()]);
    assert_eq!(said, "nothing to do: netboot\n");
}

#[test]
fn another_content_under_a_name_is_replaced_and_what_is_lost_completed() {
    let pair = Pair::new();
    pair.here.file("linux", b"older");
    pair.here.ok(&["media", "add", "linux", "--name", "netboot"]);
    let before = Digest::of(read(pair.here.path("data/media/sets/netboot.toml"))).to_string();
    let fetched = sync(&pair.here, &pair.from(), &[]);
    assert_eq!(fetched[0]["state"], "replaced");
    assert_eq!(fetched[0]["replaced"], json!(before));
    assert!(contents(&pair.here).contains(&before), "profiles may pin it");
    let linux = Digest::of("kernel").to_string();
    fs::remove_file(pair.here.path(&format!("data/media/blobs/{}/{linux}", &linux[..2]))).unwrap();
    let fetched = sync(&pair.here, &pair.from(), &[]);
    assert_eq!((&fetched[0]["state"], &fetched[0]["contents"]), (&json!("completed"), &json!(1)));
    pair.here.ok(&["media", "verify"]);
}

#[test]
fn sets_are_named_or_all_are_taken() {
    let pair = Pair::new();
    pair.there.file("other", b"other");
    pair.there.ok(&["media", "add", "other", "--name", "other"]);
    let absent = pair.here.fails(&["media", "sync", "absent", "--from", &pair.from()]);
    let told = "error: URL has no media set `absent`: it has netboot, other\n";
    assert_eq!(absent.replace(&pair.from(), "URL"), told);
    let said = pair.here.ok(&["media", "sync", "other", "--from", &pair.from()]);
    assert_eq!(said, "fetched other: 1 contents (1 MiB) came, 0 were here\n");
    assert_eq!(pair.here.names("data/media/sets"), ["other.toml"]);
    let said = pair.here.ok(&["media", "sync", "--dry-run", "--from", &pair.from()]);
    let would = "would have fetched netboot: 2 contents (3 MiB) came, 0 were here\n";
    assert_eq!(said, format!("{would}nothing to do: other\n"));
}

#[test]
fn a_server_without_the_key_is_told_apart_from_others() {
    let pair = Pair::new();
    let bare = Operator::without_database();
    let no_keys = fails(&bare, &pair.from());
    assert!(!bare.path("data").exists(), "nothing is made");
    bare.ok(&["database", "init"]);
    let id = |text: &str| text.split("media_sync key ").nth(1).map(|rest| rest[..8].to_owned());
    let unknown = fails(&bare, &pair.from());
    let unknown = unknown.replace(&id(&unknown).unwrap(), "KEY");
    // Once the other server knows the key, it answers.
    let keys = bare.path("data/keys.toml");
    let import = ["keys", "import", keys.to_str().unwrap(), "--purpose", "media_sync", "--yes"];
    assert_eq!(pair.there.json(&import)["keys"], 1, "no other key of that file");
    sync(&bare, &pair.from(), &["--dry-run"]);
    let keys = read(pair.here.path("data/keys.toml")).replace("\"media_sync\"", "\"ticket\"");
    pair.here.file("data/keys.toml", keys.replace("active", "accepted").as_bytes());
    private(&pair.here);
    let none = fails(&pair.here, &pair.from());
    insta::assert_snapshot!([no_keys, unknown, none].join("---\n"));
}

#[test]
fn whoever_is_no_server_of_ours_is_told() {
    let pair = Pair::new();
    let old = Wire::new(&pair.url, |asked, came| {
        let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        if asked.target.contains("sets") {
            answer("404 Not Found", date, b"not found\n")
        } else {
            came
        }
    });
    let portal = Wire::answering(|_| answer("200 OK", "", b"<html>log in"));
    let redirect =
        Wire::answering(|_| answer("302 Found", "Location: http://127.0.0.1:1/\r\n", b""));
    let ill = Wire::answering(|_| answer("503 Service Unavailable", "", b""));
    let seconds = fails(&pair.here, &old.url);
    let seconds: String = seconds.chars().filter(|c| !c.is_ascii_digit()).collect();
    let all = [
        seconds,
        fails(&pair.here, &portal.url),
        fails(&pair.here, &redirect.url),
        fails(&pair.here, &ill.url),
        fails(&pair.here, &format!("{}/base", pair.from())),
        fails(&pair.here, "http://127.0.0.1:1"),
    ];
    insta::assert_snapshot!(all.join("---\n"));
    assert_eq!(redirect.asked("").len(), 1, "not followed");
}

#[test]
fn a_list_that_was_changed_on_the_way_is_refused() {
    let pair = Pair::new();
    let other = Digest::of("other").to_string();
    let changed = Wire::new(&pair.url, move |asked, came| {
        let (head, body) = split(&came);
        if !asked.target.contains("sets") {
            return came;
        }
        let body = String::from_utf8(body).unwrap();
        let at = body.find("sha256").unwrap() + 9;
        format!("{head}{}{other}{}", &body[..at], &body[at + 64..]).into_bytes()
    });
    let first = std::sync::Mutex::new(None);
    let replayed = Wire::new(&pair.url, move |asked, came| {
        if !asked.target.contains("sets") {
            return came;
        }
        first.lock().unwrap().get_or_insert(came).clone()
    });
    let why = "error: the list of URL is not genuine: it was changed on the way, or comes from \
        another installation\n";
    assert_eq!(fails(&pair.here, &changed.url), why);
    sync(&pair.here, &replayed.url, &["--dry-run"]);
    assert_eq!(fails(&pair.here, &replayed.url), why, "an old answer to a new request");
    assert_eq!(pair.here.names("data/media"), [""; 0]);
}

/// Half of the answer to the `times` first requests for long contents.
fn cut(pair: &Pair, times: usize, end: &'static [u8]) -> Wire {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Wire::new(&pair.url, move |_, mut came| {
        if came.len() > 1_000_000 && count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < times
        {
            came.truncate(came.len() / 2);
            came.extend_from_slice(end);
        }
        came
    })
}

#[test]
fn a_connection_that_breaks_is_gone_on_with() {
    let pair = Pair::new();
    let wire = cut(&pair, 1, b"");
    sync(&pair.here, &wire.url, &[]);
    pair.here.ok(&["media", "verify"]);
    let asked = wire.asked(&Digest::of(initrd()).to_string());
    let ranges: Vec<_> = asked.iter().map(|asked| asked.header("range")).collect();
    assert_eq!(ranges.len(), 2);
    let from = |range: &str| range["bytes=".len()..range.len() - 1].parse::<u32>().unwrap();
    assert!((1_400_000..1_500_500).contains(&from(ranges[1].unwrap())), "{ranges:?}");
}

#[test]
fn a_run_that_is_killed_is_gone_on_with() {
    let pair = Pair::new();
    let wire = cut(&pair, 1, STALL);
    let mut command = pair.here.command(&["media", "sync", "--from", &wire.url]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let part = pair.here.path(&format!("data/media/blobs/.part-{}", Digest::of(initrd())));
    let size = || fs::metadata(&part).map_or(0, |about| about.len());
    while size() < 1_400_000 {
        sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(pair.here.names("data/media/sets"), [""; 0], "nothing half is seen");
    assert_eq!(pair.here.json(&["media", "list"]), json!([]));
    let half = size();
    let wire = Wire::new(&pair.url, |_, answer| answer);
    sync(&pair.here, &wire.url, &[]);
    let asked = wire.asked(&Digest::of(initrd()).to_string());
    assert_eq!(asked[0].header("range"), Some(format!("bytes={half}-").as_str()));
    pair.here.ok(&["media", "verify"]);
    assert_eq!(contents(&pair.here), contents(&pair.there));
}

#[test]
fn what_an_earlier_run_left_damaged_is_fetched_anew() {
    let pair = Pair::new();
    let name = format!("data/media/blobs/.part-{}", Digest::of(initrd()));
    pair.here.file(&name, &[0; 1000]);
    sync(&pair.here, &pair.from(), &[]);
    pair.here.ok(&["media", "verify"]);
    pair.here.file(&name, &[0; 1000]);
    pair.here.ok(&["media", "remove", "netboot"]);
    assert_eq!(contents(&pair.here), [""; 0], "nobody needs it");
}

#[test]
fn other_bytes_are_not_kept() {
    let pair = Pair::new();
    let flipped = Wire::new(&pair.url, |_, mut came| {
        if came.len() > 1_000_000 {
            *came.last_mut().unwrap() ^= 1;
        }
        came
    });
    let longer = Wire::new(&pair.url, |_, came| {
        if came.len() < 1_000_000 { came } else { answer("200 OK", "", &vec![0; 3_000_001]) }
    });
    let why = "error: the received content of netboot/initrd.gz is wrong and was not kept: \
        something on the way changes the data, or the other server has it wrong: verify the media \
        there, with `ipxe-orch media verify`\n";
    for wire in [flipped, longer] {
        assert_eq!(fails(&pair.here, &wire.url), why);
        assert_eq!(pair.here.names("data/media/sets"), [""; 0]);
        let initrd = Digest::of(initrd()).to_string();
        assert!(!contents(&pair.here).contains(&initrd), "it may lie half, not whole");
    }
    sync(&pair.here, &pair.from(), &[]);
    pair.here.ok(&["media", "verify"]);
}

#[test]
fn a_connection_that_gets_nowhere_is_given_up() {
    let pair = Pair::new();
    let dead =
        Wire::new(
            &pair.url,
            |asked, came| {
                if asked.target.contains("/blobs/") { Vec::new() } else { came }
            },
        );
    let error = fails(&pair.here, &dead.url);
    let told = "error: the set netboot could not be fetched: 4 tries in a row got no further; what \
        was received is kept for the next run: ";
    assert!(error.starts_with(told), "{error}");
    assert_eq!(dead.asked("/blobs/").len(), 4);
}

#[test]
fn a_hostile_server_of_the_installation_gets_nowhere() {
    let here = Operator::new();
    let entry = |name: &str, text: &str, size: u64| {
        format!("\"{name}\":{{\"sha256\":\"{}\",\"size\":{size}}}", Digest::of(text))
    };
    let list = |entries: &str| format!("{{\"sets\":{{{entries}}}}}");
    let long = (0..1_000_000).map(|at| entry(&format!("s{at}"), "x", 1)).collect::<Vec<_>>();
    let set = |path: &str, size: u64| {
        let mut set = MediaSet::new("disc".parse().unwrap());
        let blob = format!("sha256 = '{}'\nsize = {size}", Digest::of("x"));
        set.files.insert(path.to_owned(), toml::from_str(&blob).unwrap());
        set.to_text()
    };
    let huge = i64::MAX.unsigned_abs();
    let one = |text: &str| list(&entry("disc", text, u64::try_from(text.len()).unwrap()));
    let (outside, lengthy) = (set("../../../etc/passwd", 1), set("kernel", huge));
    let cases = [
        (list(&entry("../../etc/x", "x", 1)), vec![]),
        (list(&long.join(",")), vec![]),
        (list(&entry("disc", "x", u64::MAX)), vec![]),
        (list(&entry("disc", "x", 9)), vec![b"x".to_vec()]),
        (list(&entry("disc", "absent", 6)), vec![]),
        ("<html>".to_owned(), vec![]),
        (one("name = 1"), vec![b"name = 1".to_vec()]),
        (one(&outside), vec![outside.clone().into_bytes()]),
        (one(&lengthy), vec![lengthy.clone().into_bytes(), b"x".to_vec()]),
    ];
    let errors = cases.map(|(list, contents)| {
        let server = server_with(&here, list, contents);
        fails(&here, &server.url)
    });
    insta::assert_snapshot!(errors.join("---\n"));
    assert_eq!(here.names("data/media/sets"), [""; 0]);
    assert_eq!(contents(&here).iter().filter(|name| !name.starts_with('.')).count(), 0);
}

#[test]
fn a_ca_of_ones_own_is_named() {
    let pair = Pair::new();
    let url = tls(&pair.here, &pair.url);
    let stranger = fails(&pair.here, &url);
    assert!(stranger.contains("error: URL shows a certificate that is not trusted"), "{stranger}");
    pair.here.file("other.pem", b"no certificate");
    for (ca, why) in [("absent.pem", "absent.pem cannot be read"), ("other.pem", "certificate")] {
        let error = pair.here.fails(&["media", "sync", "--from", &url, "--ca", ca]);
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(sync(&pair.here, &url, &["--ca", "ca.pem"])[0]["state"], "new");
    pair.here.ok(&["media", "verify"]);
}
