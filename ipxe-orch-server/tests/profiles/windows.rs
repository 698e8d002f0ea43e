//! Windows Server.

use crate::texts::{MAC, render, try_render, v4, v6};
use insta::assert_snapshot;
use ipxe_orch_core::script::{End, Firmware, Role, Script, prove};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

const NAME: &str = "windows-server-2022";

const HOSTILE: [&str; 7] =
    ["' \" $(x) `x` ; x", "]]> </x> &y;", "<a/>", "%PATH%", "^ & | \\", "a:b", "!x!"];

fn vars() -> Value {
    json!({"administrator_password": "Pa<ss>&\"w'0rd"})
}

fn text(file: &str, nics: &Value) -> String {
    render(NAME, file, nics, &vars())
}

#[test]
fn everything_is_loaded_before_the_claim_but_the_answers() {
    let script = text("script", &v4());
    assert_snapshot!("windows_script", script);
    let script = Script::parse(&script).unwrap();
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let proof = prove(&script, firmware, Role::Server).unwrap();
        let ends: Vec<_> = proof.ends.iter().map(|(_, end)| end).collect();
        assert!(ends.iter().all(|end| matches!(end, End::Kernel | End::Returns)), "{ends:?}");
        assert!(ends.contains(&&End::Kernel) && ends.contains(&&End::Returns), "{ends:?}");
    }
}

#[test]
fn each_nic_gets_its_addresses() {
    assert_snapshot!("windows_network_v4", text("network.cmd", &v4()));
    let both = json!([
        {"mac": MAC, "mtu": 9000, "dns": ["10.0.2.3", "fec0::3"],
         "v4": {"address": "10.0.2.15/24"}, "v6": {"address": "fec0::15/64", "gateway": "fec0::2"},
         "routes": [{"destination": "10.1.0.0/16", "via": "10.0.2.9"},
                    {"destination": "fec1::/64", "via": "fec0::9"}]},
        {"mac": "52:54:00:12:34:57", "v4": {"address": "10.0.3.15/24"}},
        {"mac": "52:54:00:12:34:58", "v4": {"address": "10.0.4.15/24"}}]);
    assert_snapshot!("windows_network", text("network.cmd", &both));
    assert!(!text("network.cmd", &v6()).contains("ipv4"));
}

#[test]
fn the_steps_are_as_reviewed() {
    assert_snapshot!("windows_install", text("install.cmd", &v4()));
    assert_snapshot!("windows_finish", text("finish.cmd", &v4()));
    assert_snapshot!("windows_winpeshl", text("winpeshl.ini", &v4()));
}

/// What separates commands and words, opens quotes and names variables.
fn structure(text: &str) -> String {
    text.chars().filter(|c| "&|<>()\"%^!\n".contains(*c)).collect()
}

#[test]
fn no_value_changes_a_batch_file() {
    let expected = structure(&text("install.cmd", &v4()));
    let with = |value: &str| {
        let values = json!({"administrator_password": "x", "computer_name": value});
        try_render(NAME, "install.cmd", &v4(), &values)
    };
    for hostile in ["'a' b; c, d", "x /y", "a:b=c", "$(x) `x`", "@echo on", "..\\..\\x"] {
        let text = with(hostile);
        // Brackets are two more of them, in quotes.
        let found = structure(&text.unwrap().replacen(hostile, "web1", 1));
        assert_eq!(found, expected, "{hostile}");
    }
    for hostile in ["-x", "%PATH%", "^ & | \\", "!x!", "a\" & b", "<a/>", "a\nb", "\u{fc}"] {
        assert!(with(hostile).is_err(), "{hostile}");
    }
}

/// The file, as libxml2 reads it: its elements, and the text of one.
fn xmllint(text: &str, arguments: &[&str]) -> String {
    let mut child = Command::new("xmllint")
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("xmllint: {error}: apt install libxml2-utils"));
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_answer_file_is_xml_in_which_values_are_texts() {
    assert_snapshot!("windows_unattend", text("unattend.xml", &v4()));
    for hostile in HOSTILE {
        let values = json!({"administrator_password": hostile, "product_key": hostile,
            "computer_name": hostile, "timezone": hostile, "locale": hostile});
        let text = render(NAME, "unattend.xml", &v4(), &values);
        xmllint(&text, &["--noout"]);
        let count = xmllint(&text, &["--xpath", "count(//*)"]);
        assert_eq!(count.trim(), "19", "{text}");
        let value = "string(//*[local-name()='AdministratorPassword']/*[local-name()='Value'])";
        assert_eq!(xmllint(&text, &["--xpath", value]).trim_end_matches('\n'), hostile);
    }
}
