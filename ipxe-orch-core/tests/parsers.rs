//! Hostile values against the parsers that installers use: whatever goes in comes out as one
//! value, and the rest of the text is read as with a harmless one.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

use ipxe_orch_core::profile::{Syntax, check_places, encode};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRng, TestRunner},
};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// Values for each syntax.
const VALUES: usize = 300;

/// What somebody would try first.
const HOSTILE: [&str; 22] = [
    "'; reboot; '",
    "\" \"",
    "$(reboot)",
    "`reboot`",
    "${IFS}",
    "a\nb: c",
    "a\r\nd-i x string y",
    "]]>",
    "</a><b>",
    "&amp;",
    "# x",
    "a #b",
    "a: b",
    "- a",
    "*a",
    "!!python/object:os.system",
    "%end",
    "\\",
    "|",
    "{a: b}",
    "\u{85}a\u{2028}b",
    "'''",
];

/// For each syntax a text with `@` where the value goes, and what its parser reads.
fn cases() -> Vec<(Syntax, &'static str, Value)> {
    vec![
        (
            Syntax::Yaml,
            "a: @\nb:\n  - @\n  - c: [x, @] # d\n",
            json!({"a": "@", "b": ["@", {"c": ["x", "@"]}]}),
        ),
        (Syntax::Json, r#"{"a": @, "b": [1, @]}"#, json!({"a": "@", "b": [1, "@"]})),
        (
            Syntax::Xml,
            "<a b=\"@\"><c>@</c></a>",
            json!(["a", {"b": "@"}, "", [["c", {}, "@", []]]]),
        ),
        (Syntax::Kickstart, "a --b=@ @ c\nd @\n", json!([["a", "--b=@", "@", "c"], ["d", "@"]])),
        (Syntax::Shell, "x=@\nprintf '%s\\0' \"$x\" a@b @\n", json!(["@", "a@b", "@"])),
        (
            Syntax::Preseed,
            "d-i a/b string @\nd-i c/d string e\n",
            json!([["d-i", "a/b", "string", "@"], ["d-i", "c/d", "string", "e"]]),
        ),
    ]
}

/// The text with the value in it, if it may stand there.
fn put(syntax: Syntax, template: &str, value: &str) -> Option<String> {
    let encoded = encode(syntax, &json!(value)).ok()?;
    let (mut text, mut places) = (String::new(), Vec::new());
    for (index, part) in template.split('@').enumerate() {
        if index > 0 {
            places.push(text.len()..text.len() + encoded.len());
            text.push_str(&encoded);
        }
        text.push_str(part);
    }
    check_places(syntax, &text, &places).ok().map(|()| text)
}

/// `expected` with the value for each `@`.
fn with(expected: &Value, value: &str) -> Value {
    match expected {
        Value::String(text) => json!(text.replace('@', value)),
        Value::Array(list) => list.iter().map(|item| with(item, value)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, item)| (key.clone(), with(item, value))).collect()
        }
        other => other.clone(),
    }
}

fn values() -> Vec<String> {
    let rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let any = prop_oneof!["\\PC{0,12}", "[ -~\n]{0,12}", "['\"$`#:{}<>&|; -]{1,6}"];
    let made = (0..VALUES).map(|_| any.new_tree(&mut runner).unwrap().current());
    HOSTILE.into_iter().map(str::to_owned).chain(made).collect()
}

fn parsed(texts: &Value) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parsers.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 with PyYAML is there: run scripts/setup");
    python.stdin.take().unwrap().write_all(texts.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "parsers.py failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_value_comes_out_as_it_went_in() {
    let (mut texts, mut expected) = (Vec::new(), Vec::new());
    for (syntax, template, structure) in cases() {
        let before = texts.len();
        for value in values() {
            // A preseed value keeps no blanks around it.
            let kept = if syntax == Syntax::Preseed { value.trim() } else { &value };
            let Some(text) = put(syntax, template, kept).filter(|_| !kept.is_empty()) else {
                continue;
            };
            texts.push(json!([syntax, text]));
            expected.push(with(&structure, kept));
        }
        assert!(texts.len() - before > VALUES / 3, "{syntax}: most values can be written");
    }
    for ((text, read), expected) in texts.iter().zip(parsed(&json!(texts))).zip(expected) {
        assert_eq!(read, expected, "{text}");
    }
}
