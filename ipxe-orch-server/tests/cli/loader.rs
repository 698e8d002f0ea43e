//! The loader that an install has named: shown, and looked for by the next image.

use crate::{
    follow::{get, query, serve},
    operator::Operator,
};
use serde_json::json;

const SERVER: [&str; 2] = ["--server", "http://10.0.2.2:8080"];

/// Installs db1, whose installer says `loader`.
fn install(operator: &Operator, loader: &str) {
    operator.ok(&["hosts", "mark", "db1"]);
    let (server, url) = serve(operator, &[]);
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:02", query(operator, "db1"));
    let script = get(&url, &path);
    let ticket = script.split("/claim").next().unwrap().rsplit('/').next().unwrap();
    for step in ["claim".to_owned(), format!("report?status=done&loader={loader}")] {
        assert!(get(&url, &format!("boot/v1/t/{ticket}/{step}")).starts_with("HTTP/1.1 20"));
    }
    server.end("-TERM");
}

fn outdated(operator: &Operator) -> Vec<String> {
    let hosts = operator.json(&["hosts", "list", "--outdated"]);
    hosts.as_array().unwrap().iter().map(|host| host["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn it_is_shown_and_only_another_one_outdates_the_image() {
    let operator = Operator::with_hosts();
    for name in ["vmlinuz", "initrd.img", "disk.img"] {
        operator.file(&format!("data/media/tiny/{name}"), b"content");
    }
    let build = [&["images", "build", "--outdated", "--out", "out"][..], &SERVER].concat();
    operator.ok(&build);
    install(&operator, "/efi/TINY/tinyx64.efi");
    assert!(outdated(&operator).is_empty(), "the loader of the profile changes no image");
    install(&operator, "/EFI/tiny/grubx64.efi");
    assert_eq!(outdated(&operator), ["db1"], "another loader outdates the image");
    let shown = operator.json(&["hosts", "show", "db1"]);
    assert_eq!(shown["loader"], json!(r"\EFI\tiny\grubx64.efi"));
    let shown = operator.ok(&["hosts", "show", "db1"]);
    let line = shown.lines().find(|line| line.trim_start().starts_with("installed"));
    assert!(line.is_some_and(|line| line.ends_with(r"\EFI\tiny\grubx64.efi")), "{shown}");
    let events = operator.ok(&["events", "--host", "db1"]);
    assert!(events.contains(r"reports done (loader \EFI\tiny\grubx64.efi)"), "{events}");
    let audit = operator.ok(&["audit", "list", "--host", "db1"]);
    assert!(audit.contains(r"done, loader \EFI\tiny\grubx64.efi"), "{audit}");
    operator.ok(&build);
    assert!(outdated(&operator).is_empty());
    install(&operator, "/EFI/BOOT/BOOTX64.EFI");
    let events = operator.ok(&["events", "--host", "db1"]);
    assert!(events.contains("its loader is ignored"), "{events}");
    assert_eq!(operator.json(&["hosts", "show", "db1"])["loader"], json!(null));
    assert_eq!(outdated(&operator), ["db1"], "its image looks for a loader that is forgotten");
}
