//! What a parser reads from a text, as a flat list. These parsers are as strict as the programs
//! that read such files. Except for YAML they share no code with the checks that accept values.

use ipxe_orch_core::{profile::Syntax, script::Script};
use roxmltree::{Document, NodeType};
use saphyr_parser::{Event, Parser};
use serde_json::Value;

/// The result of a parser; `None` if the text is not valid in its syntax.
type Tokens = Option<Vec<String>>;

/// The parser for texts made from `template`; `None` if the template uses something that is not
/// parsed here.
pub(crate) fn reader(syntax: Syntax, template: &str) -> Option<fn(&str) -> Tokens> {
    // Other ways to quote and end words are left out here; `tests/parsers.rs` lets dash read them.
    let more = ["<<", "$", "`", ";#", "(#", ")#", "|#", "&#", "<#", ">#"];
    let words = !more.iter().any(|part| template.contains(part));
    match syntax {
        Syntax::Ipxe => Some(ipxe),
        Syntax::KeyValue => Some(key_values),
        Syntax::Kickstart => (words || !template.contains('%')).then_some(kickstart),
        Syntax::Shell => words.then_some(shell),
        Syntax::Preseed => Some(preseed),
        Syntax::Yaml => Some(yaml),
        Syntax::Json => Some(json),
        Syntax::Xml => Some(xml),
        Syntax::Batch => Some(batch),
        _ => None,
    }
}

fn ipxe(text: &str) -> Tokens {
    let mut list = Vec::new();
    for line in Script::parse(text).ok()?.lines() {
        list.push(format!("line {} {:?}", line.number, line.label));
        for command in &line.chain {
            list.push(format!("command {:?}", command.joint));
            list.extend(command.words.iter().map(|word| word.as_str().to_owned()));
        }
    }
    Some(list)
}

#[expect(clippy::unnecessary_wraps, reason = "every text is one")]
fn key_values(text: &str) -> Tokens {
    let pair = |line: &str| {
        let comment = line.trim_start().starts_with('#');
        let (key, value) = line.split_once('=').filter(|_| !comment).unwrap_or((line, ""));
        [key.to_owned(), value.to_owned()]
    };
    Some(text.lines().flat_map(pair).collect())
}

fn shell(text: &str) -> Tokens {
    shlex::split(text)
}

/// Commands are single lines; scripts are read as a whole.
fn kickstart(text: &str) -> Tokens {
    let mut list = Vec::new();
    let mut script: Option<String> = None;
    for line in text.split('\n') {
        if line.starts_with('%') {
            list.extend(shlex::split(&script.take().unwrap_or_default())?);
            list.push(line.to_owned());
            let is_script = !["%end", "%packages"].iter().any(|name| line.starts_with(name));
            script = is_script.then(String::new);
        } else if let Some(script) = &mut script {
            script.push_str(line);
            script.push('\n');
        } else {
            list.extend(shlex::split(line)?);
            list.push("\n".to_owned());
        }
    }
    list.extend(shlex::split(&script.unwrap_or_default())?);
    Some(list)
}

#[expect(clippy::unnecessary_wraps, reason = "every text is one")]
fn preseed(text: &str) -> Tokens {
    let joined = text.replace("\\\n", "");
    let lines = joined.split('\n').map(str::trim_ascii_start).filter(|line| !line.starts_with('#'));
    let fields = |mut rest: &str| -> Vec<String> {
        let mut fields = Vec::new();
        for _ in 0..3 {
            let (field, after) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
            fields.push(field.to_owned());
            rest = after.trim_ascii_start();
        }
        fields.push(rest.to_owned());
        fields
    };
    Some(lines.flat_map(fields).collect())
}

fn yaml(text: &str) -> Tokens {
    let event = |event: Event| match event {
        // The way in which a scalar is quoted makes no difference between two texts.
        Event::Scalar(text, style, anchor, tag) => {
            vec![format!("scalar {style:?} {anchor} {tag:?}"), text.into_owned()]
        }
        other => vec![format!("{other:?}")],
    };
    let events = Parser::new_from_str(text).map(|read| read.ok().map(|(read, _)| event(read)));
    Some(events.collect::<Option<Vec<_>>>()?.concat())
}

fn json(text: &str) -> Tokens {
    let mut list = Vec::new();
    flatten(&serde_json::from_str(text).ok()?, &mut list);
    Some(list)
}

fn flatten(value: &Value, list: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            list.push(format!("list of {}", items.len()));
            for item in items {
                flatten(item, list);
            }
        }
        Value::Object(fields) => {
            list.push(format!("object of {}", fields.len()));
            for (key, value) in fields {
                list.push(key.clone());
                flatten(value, list);
            }
        }
        Value::String(text) => list.extend(["text".to_owned(), text.clone()]),
        other => list.push(other.to_string()),
    }
}

fn xml(text: &str) -> Tokens {
    let document = Document::parse(text).ok()?;
    let mut list = Vec::new();
    for node in document.descendants() {
        let depth = node.ancestors().count();
        list.push(format!("{depth} {:?} {:?}", node.node_type(), node.tag_name()));
        for attribute in node.attributes() {
            list.extend([attribute.name().to_owned(), attribute.value().to_owned()]);
        }
        if matches!(node.node_type(), NodeType::Text | NodeType::Comment) {
            list.push(node.text().unwrap_or_default().to_owned());
        }
        list.extend(node.pi().map(|pi| format!("{pi:?}")));
    }
    Some(list)
}

/// Words and the characters that separate them, outside of quotes.
#[expect(clippy::unnecessary_wraps, reason = "every text can be read")]
fn batch(text: &str) -> Tokens {
    let (mut list, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        quoted = c != '\n' && (quoted != (c == '"'));
        if quoted || !" \t\r\n,;=()&|<>".contains(c) {
            word.push(c);
        } else {
            list.extend([std::mem::take(&mut word), c.to_string()]);
        }
    }
    list.push(word);
    Some(list)
}
