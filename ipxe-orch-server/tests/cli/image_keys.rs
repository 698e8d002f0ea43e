//! Images get a new generation, are revoked, and go with their key.

use crate::{
    follow::{get, query_of, serve},
    operator::{Operator, two_hosts},
};
use serde_json::{Value, json};

const SERVER: [&str; 2] = ["--server", "http://127.0.0.1:1"];

/// Why the machine of `web1` with this image is refused; empty where it is believed.
fn refusal(operator: &Operator, url: &str, image: &str) -> String {
    let query = query_of(operator, image);
    get(url, &format!("boot/v1/script?{query}&m=52:54:00:00:00:01"));
    std::thread::sleep(std::time::Duration::from_millis(300)); // events are written in batches
    let events = operator.json(&["events"]);
    let last = events.as_array().unwrap().last().unwrap();
    last["why"].as_str().unwrap_or_default().to_owned()
}

fn key_ids(operator: &Operator, purpose: &str) -> Vec<String> {
    let keys = operator.json(&["keys", "list"]);
    let of = |key: &&Value| key["purpose"] == purpose;
    let id = |key: &Value| key["id"].as_str().unwrap().to_owned();
    keys.as_array().unwrap().iter().filter(of).map(id).collect()
}

#[test]
fn an_image_counts_until_it_is_revoked_or_its_key_is_retired() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "cancel", "web1"]);
    let build = |out: &str| {
        let build = ["images", "build", "--host", "web1", "--out", out];
        operator.ok(&[&build[..], &SERVER].concat())
    };
    build("first.iso");
    let (server, url) = serve(&operator, &[]);
    let ask = |image: &str| refusal(&operator, &url, image);
    assert_eq!(ask("first.iso"), "");
    let nothing = operator.run(&["images", "revoke", "web1", "--yes"]);
    assert!(nothing.code == Some(0) && nothing.stderr.contains("no images before"), "{nothing:?}");
    operator.ok(&["keys", "rotate", "--purpose", "image"]);
    assert_eq!(ask("first.iso"), "", "an attached image counts");
    let rotated = operator.json(&["images", "rotate", "web1", "--reason", "yearly"]);
    assert_eq!(rotated[0]["image_generation"], json!(1));
    assert_eq!(rotated[0]["earlier_images"].as_array().unwrap().len(), 1);
    build("second.iso");
    assert_eq!((ask("first.iso"), ask("second.iso")), (String::new(), String::new()));
    let unconfirmed = operator.fails(&["images", "revoke", "web1"]);
    assert!(unconfirmed.contains("boots its own disk from now on. Nothing was changed"));
    let revoked = operator.json(&["images", "revoke", "web1", "--yes", "--reason", "stolen"]);
    assert_eq!(revoked[0]["min_image_generation"], json!(1));
    assert_eq!((ask("first.iso").as_str(), ask("second.iso").as_str()), ("revoked_image", ""));
    let audit = operator.ok(&["audit", "list"]);
    assert!(audit.contains("image.rotate") && audit.contains("image.revoke"), "{audit}");
    assert!(audit.contains("stolen; image generation 1, key"), "{audit}");

    let [active, old] = key_ids(&operator, "image").try_into().unwrap();
    let refused = operator.fails(&["keys", "retire", &active, "--yes"]);
    assert!(refused.contains("is the active image key") && refused.contains("keys rotate"));
    assert!(operator.fails(&["keys", "retire", "00000000", "--yes"]).contains("there is no key"));
    let asked = operator.fails(&["keys", "retire", &old]);
    assert!(asked.contains("This concerns 1 hosts: db1.") && asked.contains("--yes"), "{asked}");
    let retired = operator.json(&["keys", "retire", &old, "--yes"]);
    assert_eq!(retired, json!({ "id": old, "purpose": "image", "hosts": ["db1"] }));
    assert!(operator.ok(&["keys", "list"]).contains("retired"));
    assert!(operator.fails(&["keys", "retire", &old, "--yes"]).contains("is retired already"));
    std::thread::sleep(std::time::Duration::from_secs(1)); // the server looks at the file
    assert_eq!(ask("second.iso"), "", "its key is another one");
    // A host whose key was retired gets its next image with the active one.
    let build = ["images", "build", "--host", "db1", "--out", "db1.iso"];
    operator.ok(&[&build[..], &SERVER].concat());
    server.end("-TERM");
}

/// The key of an enrolment proves its own hosts alone.
#[test]
fn a_stolen_key_of_an_enrolment_proves_no_other_host() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().replace(",install", ",local").as_bytes());
    let enrol = |key: &str, out: &str| {
        let build = ["images", "build", "--csv", "fleet.csv", "--key", key, "--out", out];
        operator.ok(&[&build[..], &SERVER].concat());
    };
    enrol("one.toml", "one");
    enrol("two.toml", "two");
    operator.ok(&["keys", "import", "one.toml"]);
    operator.ok(&["keys", "import", "two.toml"]);
    operator.ok(&["hosts", "import", "one/enrolment.csv", "--yes"]);
    let (server, url) = serve(&operator, &[]);
    assert_eq!(refusal(&operator, &url, "one/web1.iso"), "");
    // Whoever has the other key makes an image with the id of a host that is not his.
    let rows = std::fs::read_to_string(operator.path("one/enrolment.csv")).unwrap();
    let [one, two] = key_ids(&operator, "image").split_off(1).try_into().unwrap();
    operator.file("forged.csv", rows.replace(&one, &two).as_bytes());
    let forge = ["images", "build", "--csv", "forged.csv", "--key", "two.toml", "--out", "forged"];
    operator.ok(&[&forge[..], &SERVER].concat());
    assert_eq!(refusal(&operator, &url, "forged/web1.iso"), "other_key");
    let higher: String = rows.replace(",0,", ",7,");
    operator.file("higher.csv", higher.as_bytes());
    let later = ["images", "build", "--csv", "higher.csv", "--key", "one.toml", "--out", "later"];
    operator.ok(&[&later[..], &SERVER].concat());
    assert_eq!(refusal(&operator, &url, "later/web1.iso"), "future_image");
    // Enrolled again, it counts, and so does the attached one.
    operator.ok(&["hosts", "import", "later/enrolment.csv", "--yes"]);
    assert_eq!(refusal(&operator, &url, "later/web1.iso"), "");
    assert_eq!(refusal(&operator, &url, "one/web1.iso"), "");
    server.end("-TERM");
}
