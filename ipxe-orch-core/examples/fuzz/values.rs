//! Hostile values in templates, where both are changed at random. If a value is accepted, the rest
//! of the text must be read in the same way as with a harmless value.

#[path = "../../tests/hostile/mod.rs"]
mod hostile;
mod read;

use crate::{hunt::Target, text};
use fastrand::Rng;
use hostile::{HOSTILE, fragments, put};
use ipxe_orch_core::profile::{Syntax, encode};
use serde_json::json;
use std::hash::Hash;

pub(crate) struct Values;

#[derive(Debug)]
pub(crate) struct Text {
    syntax: Syntax,
    /// A text with `@` in place of the value.
    template: String,
    value: String,
    /// Whether the value is a list that contains this text.
    list: bool,
}

/// The value to compare with. No template contains it.
const HARMLESS: &str = "Harmless7";

/// Good templates of each syntax.
const TEMPLATES: &[(Syntax, &[&str])] = &[
    (
        Syntax::Ipxe,
        &[
            "#!ipxe\nset a @ || goto local\necho @/@ && goto local\n:local\nexit 1\n",
            "#!ipxe\nkernel vmlinuz a=@ b=x,@ || goto f\ninitrd --name=@ a || goto f\nboot\n:f\n",
        ],
    ),
    (Syntax::KeyValue, &["a=@\n# b\nc.d=x @ y\n"]),
    (
        Syntax::Shell,
        &[
            "x=@\nprintf '%s\\0' \"$x\" a@b @\n",
            "if [ @ = b ]; then\n  a --b=@c; d 'it' \"x y\"\nfi\ncase @ in\nx) a @;;\nesac\n",
        ],
    ),
    (
        Syntax::Preseed,
        &[
            "d-i a/b string @\nd-i c/d string e\n# f\n",
            "d-i preseed/late_command string a @; \\\n b --c=@\nd-i a/b multiselect x, @\n",
        ],
    ),
    (
        Syntax::Kickstart,
        &[
            "a --b=@ @ c\nd @\n",
            "network --ip=@\n%packages\n@\n%end\n%post\na @ 'b'\n%end\nrootpw @\n",
        ],
    ),
    (
        Syntax::Yaml,
        &[
            "a: @\nb:\n  - @\n  - c: [x, @] # d\n",
            "#cloud-config\na: |\n  text\nb: {c: @, d: 'e'}\n",
        ],
    ),
    (Syntax::Json, &[r#"{"a": @, "b": [1, @, {"c": "d"}]}"#]),
    (Syntax::Xml, &["<a b=\"@\" d='x'><c>@</c><!-- e --><f>run @ g</f></a>"]),
    (Syntax::Batch, &["set \"A=@\"\r\nnetsh a @ b\r\nrem c\r\nif x (d \"@ e\") else f /g:@\r\n"]),
];

impl Target for Values {
    type Input = Text;

    fn seeds(&self) -> Vec<Text> {
        let of = |(syntax, templates): &(Syntax, &'static [&'static str])| {
            let syntax = *syntax;
            let each = templates.iter().flat_map(move |template| {
                let value = |value: &&str| Text {
                    syntax,
                    template: (*template).to_owned(),
                    value: (*value).to_owned(),
                    list: false,
                };
                HOSTILE.iter().chain(&["a"]).map(value).collect::<Vec<_>>()
            });
            each.collect::<Vec<_>>()
        };
        TEMPLATES.iter().flat_map(of).collect()
    }

    fn mutate(&self, input: &Text, other: &Text, rng: &mut Rng) -> Text {
        let (syntax, mut template) = (input.syntax, input.template.clone());
        if rng.u8(0..4) > 0 {
            let lines = if other.syntax == syntax { &other.template } else { &template };
            template = text::mutate(&template, lines, fragments(syntax), rng);
            // Authors do not write such characters, and parsers disagree about them.
            template.retain(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
            template.truncate(template.floor_char_boundary(400));
        }
        if syntax == Syntax::Ipxe && !template.starts_with("#!ipxe\n") {
            template.insert_str(0, "#!ipxe\n");
        }
        let mut value = text::mutate(&input.value, &other.value, &HOSTILE, rng);
        if rng.u8(0..8) > 0 {
            value.truncate(value.trim_end_matches('\n').len());
        }
        value.truncate(value.floor_char_boundary(200));
        Text { syntax, template, value, list: rng.u8(0..8) == 0 }
    }

    fn run(&self, input: &Text) -> Option<impl Hash> {
        let Text { syntax, template, .. } = input;
        // Readers of preseed files drop the blanks around a value.
        let value = if *syntax == Syntax::Preseed { input.value.trim() } else { &input.value };
        let wrap = |value: &str| if input.list { json!([value]) } else { json!(value) };
        let (harmless, hostile) = (wrap(HARMLESS), wrap(value));
        let encoded = encode(*syntax, &hostile);
        let both =
            put(*syntax, template, &harmless).ok().zip(put(*syntax, template, &hostile).ok());
        let read = both.and_then(|(harmless, hostile)| {
            let tokens = read::reader(*syntax, template)?;
            let expected = tokens(&harmless)?;
            let expected = expected.iter().map(|token| token.replace(HARMLESS, value)).collect();
            let read = tokens(&hostile);
            assert_eq!(read, Some(expected), "{input:?}\n{hostile}");
            read.map(|tokens| tokens.len())
        });
        Some((format!("{syntax}"), encoded.err(), read))
    }

    fn bytes(&self, input: &Text) -> Vec<u8> {
        format!("{input:#?}\n").into_bytes()
    }
}
