//! Hostile values against the parsers that installers use. Each value must be read as one value,
//! and the rest of the text in the same way as with a harmless value.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod hostile;

use hostile::{HOSTILE, fragments, put};
use ipxe_orch_core::profile::Syntax;
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

/// The number of values for each syntax.
const VALUES: usize = 300;

/// For each syntax: a text with `@` in place of the value, and what its parser must read.
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
        (Syntax::Shell, "x=@\nprintf '%s\\0' \"$x\" a@b @\n", json!(["@", "a@b", "@", ""])),
        (
            Syntax::Preseed,
            "d-i a/b string @\nd-i c/d string e\n",
            json!([["d-i", "a/b", "string", "@"], ["d-i", "c/d", "string", "e"]]),
        ),
    ]
}

/// `expected` with the value in place of each `@`.
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
            // A preseed file keeps no blanks around a value.
            let kept = if syntax == Syntax::Preseed { value.trim() } else { &value };
            let Some(text) = put(syntax, template, &json!(kept)).ok().filter(|_| !kept.is_empty())
            else {
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

/// The parser for random texts, from `parsers.py`.
fn parser(syntax: Syntax) -> String {
    let all_texts = if syntax == Syntax::Yaml { "_structure" } else { "" };
    format!("{}{all_texts}", json!(syntax).as_str().unwrap())
}

/// Values that would be noticed if they became more than values, and that would do no harm.
const PROBES: [&str; 12] = [
    "'; printf OUT '",
    "$(printf OUT)",
    "a b",
    "\"",
    "\\",
    "# b",
    "x: y",
    "-",
    "<b/>",
    "]]>",
    "{c}",
    "*",
];

/// Whatever the rest of the text is: a value that is accepted changes nothing else.
#[test]
fn the_structure_of_any_text_is_that_with_harmless_values() {
    const HARMLESS: &str = "Harmless7";
    let rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for (syntax, _, _) in cases() {
        let (parser, parts) = (parser(syntax), fragments(syntax));
        let template = proptest::collection::vec(proptest::sample::select(parts), 1..14);
        let before = texts.len();
        for round in 0..12_000 {
            let template = template.new_tree(&mut runner).unwrap().current().concat();
            let template = match syntax {
                Syntax::Xml => format!("<r>{template}</r>"),
                _ => template,
            };
            let probe = PROBES[round % PROBES.len()];
            let both = [HARMLESS, probe].map(|value| put(syntax, &template, &json!(value)));
            let ([Ok(harmless), Ok(hostile)], true) = (both, template.contains('@')) else {
                continue;
            };
            texts.extend([json!([parser, harmless]), json!([parser, hostile])]);
            values.push(probe);
        }
        assert!(texts.len() - before > 100, "{parser}: {} texts", texts.len() - before);
    }
    let read = parsed(&json!(texts));
    for ((text, read), probe) in texts.chunks(2).zip(read.chunks(2)).zip(values) {
        let text = format!("{}\n{}", text[0], text[1]);
        let expected = read[0].to_string().replace(HARMLESS, "@");
        let expected = with(&serde_json::from_str(&expected).unwrap(), probe);
        assert_eq!(read[1], expected, "{text}");
    }
}
