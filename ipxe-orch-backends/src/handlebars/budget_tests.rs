//! Templates that would take all memory, or never end.

use super::*;
use ipxe_orch_core::profile::MAX_CHECKED;
use serde_json::{Value, json};
use std::thread::spawn;

/// Renders with a list of a hundred numbers, a text of 4,096 bytes and a list of many texts.
fn render(template: &str, syntax: Syntax) -> Result<String, RenderError> {
    let all: Vec<u32> = (0..100).collect();
    let texts = vec!["x".repeat(4096); 200];
    let values = json!({"all": all, "text": texts[0], "texts": texts, "ticket": "T", "v": "x"});
    let values = TemplateValues::new(values).with_stand_in(&["ticket"]);
    HandlebarsRenderer::new().render("t.hbs", template, syntax, &values)
}

/// Each case has a thread, so that a test of a slow case is not slow for all.
fn all_end(cases: Vec<(&str, String)>) {
    let one = |(name, template): (&str, String)| {
        let name = name.to_owned();
        spawn(move || (name, render(&template, Syntax::KeyValue)))
    };
    for case in cases.into_iter().map(one).collect::<Vec<_>>() {
        let (name, rendered) = case.join().unwrap();
        let ended = rendered.map(|text| text.len());
        assert!(
            matches!(ended, Err(RenderError::TooMuch { .. } | RenderError::TooLong { .. })),
            "{name}: {ended:?}"
        );
    }
}

/// The template of the finding: each level is twice as long as the one around it.
fn doubled(levels: usize) -> String {
    let open = "{{#with (concat this this)}}".repeat(levels);
    let close = "{{/with}}".repeat(levels);
    format!("{{{{#with text}}}}{open}{{{{/with}}}}{close}")
        .replace("{{/with}}{{/with}}", "{{/with}}\n{{/with}}")
}

fn each(depth: usize, inner: &str) -> String {
    let open = "{{#each @root.all}}".repeat(depth);
    format!("{open}{inner}{}", "{{/each}}".repeat(depth))
}

#[test]
fn texts_that_double_end() {
    all_end(vec![
        ("with", doubled(20)),
        (
            "at a boot only",
            format!("{{{{#unless (eq ticket \"TICKET\")}}}}{}{{{{/unless}}}}", doubled(20)),
        ),
        (
            "replace",
            format!(
                "a={{{{#with text}}}}{}{{{{/with}}}}",
                "{{#with (replace this \"x\" \"xxxxxxxxxxxxxxxx\")}}".repeat(4)
                    + &"{{/with}}".repeat(4)
            ),
        ),
        ("join", "a={{join texts \",\"}}".to_owned()),
        ("a large list", "a={{#each (default texts 1)}}{{/each}}".to_owned()),
    ]);
}

#[test]
fn loops_end() {
    all_end(vec![
        ("empty rounds", each(4, "")),
        ("rounds of conditions", each(3, &"{{#if @root.v}}{{/if}}".repeat(900))),
        (
            "rounds of comparisons",
            each(2, &"{{#if (eq @root.texts @root.texts)}}{{/if}}".repeat(900)),
        ),
        (
            "rounds of copies",
            each(3, "{{#with (concat @root.text @root.text)}}{{#if this}}{{/if}}{{/with}}"),
        ),
        (
            "rounds over copies",
            format!(
                "{{{{#with (concat {})}}}}{}{{{{/with}}}}",
                "text ".repeat(60),
                each(3, &"{{#if ../../../this}}{{/if}}".repeat(100))
            ),
        ),
        ("rounds of empty values", each(4, "{{replace @root.v \"x\" \"\"}}")),
        ("rounds of comments", each(4, &"{{! x }}".repeat(1500))),
        ("rounds of text", each(4, "x")),
        ("rounds of lookups", each(3, &"{{#if (lookup @root.texts 1)}}{{/if}}".repeat(20))),
    ]);
}

#[test]
fn many_values_are_counted() {
    for (template, why) in [
        (
            format!("a={{{{concat {}}}}}", "v ".repeat(100_000)),
            "at most 64 values, and this has 100001",
        ),
        ("a={{concat v v v v v v v v v v}}\n".repeat(900), "more than 8000 values"),
        (format!("a={{{{{}v}}}}", "this.".repeat(40)), "a path has more than 32 parts"),
        (
            format!("a={{{{#if {}v}}}}{{{{/if}}}}", "../".repeat(40)),
            "a path has more than 32 parts",
        ),
    ] {
        let error = render(&template, Syntax::KeyValue).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

/// The check of the places looks at a line or at the whole text for each value.
#[test]
fn many_values_in_a_long_text_end_in_every_syntax() {
    let line = " ".repeat(100_000);
    for syntax in Syntax::ALL {
        let template = format!("a={line}{}", each(1, &"{{@root.v}} ".repeat(10)));
        let error = render(&template, syntax).unwrap_err();
        assert!(matches!(error, RenderError::TooMuch { .. }), "{syntax}: {error}");
        assert!(error.to_string().contains(&MAX_CHECKED.to_string()), "{error}");
    }
}

/// As many values as are checked, in texts of all kinds.
#[test]
fn the_check_of_as_many_values_as_allowed_ends() {
    let check = |syntax, start: &str, line: &str| {
        let template = format!("{start}{}", line.repeat(1900));
        let text = format!("{template}{}", " ".repeat(MAX_CHECKED / 1900 - template.len() - 4_000));
        drop(render(&text, syntax));
    };
    let threads: Vec<_> = Syntax::ALL
        .into_iter()
        .map(|syntax| {
            spawn(move || match syntax {
                Syntax::Ipxe => check(syntax, "echo ", "{{v}} \\\n"),
                Syntax::Preseed => check(syntax, "d-i a/b string ", "{{v}} \\\n"),
                Syntax::Yaml => check(syntax, "a:\n", "- {{v}}\n"),
                Syntax::Json => check(syntax, "[1", ",{{v}}\n"),
                Syntax::Xml => check(syntax, "<a>", "<b>{{v}}</b>"),
                _ => check(syntax, "echo ", "{{v}} "),
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Parsers of finished texts must not recurse as deep as an author likes.
#[test]
fn deep_texts_end() {
    for (syntax, open, close) in [
        (Syntax::Yaml, "[", "]"),
        (Syntax::Yaml, "{a: ", "}"),
        (Syntax::Yaml, "- ", ""),
        (Syntax::Json, "[", "]"),
        (Syntax::Json, "{\"a\":", "}"),
        (Syntax::Xml, "<a>", "</a>"),
        (Syntax::Shell, "$(", ")"),
        (Syntax::Shell, "{ ", "}"),
        (Syntax::Shell, "case x in x) ", ";; esac"),
        (Syntax::Kickstart, "$(", ")"),
    ] {
        for depth in [1_000, 25_000] {
            let template = format!("{}{{{{v}}}}{}", open.repeat(depth), close.repeat(depth));
            drop(render(&template, syntax));
        }
    }
}

/// A preview, a rehearsal and a boot differ only in what is written.
#[test]
fn a_condition_cannot_see_what_is_new_each_time() {
    let conditions = "{{#if (eq ticket \"TICKET\")}}a{{/if}}{{#if (gt ticket \"M\")}}b{{/if}}\
        {{#if (gt (len ticket) 10)}}c{{/if}}{{#if (eq (replace ticket \"T\" \"\") ticket)}}d{{/if}}\
        {{#if (eq (concat \"x\" ticket) \"xT\")}}e{{/if}}{{#with ticket}}{{#if (eq this \"T\")}}f{{/if}}\
        {{/with}}{{#each this}}{{#if (eq this \"T\")}}g{{/if}}{{/each}}";
    let text = |ticket: &str| {
        let values = TemplateValues::new(json!({"ticket": ticket})).with_stand_in(&["ticket"]);
        let template = format!("x={conditions} {{{{concat \"t/\" ticket}}}}");
        let text = HandlebarsRenderer::new().render("t", &template, Syntax::KeyValue, &values);
        text.unwrap()
    };
    let (short, long) = (text("T"), text(&"Zz".repeat(24)));
    assert_eq!(long.replace(&"Zz".repeat(24), "T"), short);
    assert!(text("TICKET").ends_with(" t/TICKET"));
    let error = |template| render(template, Syntax::KeyValue).unwrap_err().to_string();
    assert!(error("a={{replace ticket \"t\" \"u\"}}").contains("write it whole"));
    assert!(error("a=\u{1}ticket\u{1}{{v}}").contains("U+0001 is not allowed"));
    let joined = json!({"secrets": ["a,b", "c"]});
    let joined = TemplateValues::new(joined).with_stand_in(&["secrets"]);
    let joined = HandlebarsRenderer::new().render(
        "t",
        "a={{join secrets \",\"}}",
        Syntax::KeyValue,
        &joined,
    );
    assert!(joined.unwrap_err().to_string().contains("contains the separator"));
}

#[test]
fn the_budget_is_large_enough_for_real_files() {
    let line = "{{#each all}}{{#if (and @root.v (eq this 5))}}{{concat @root.v \"-\" this}}{{else}}x{{/if}} {{/each}}";
    let text = render(&format!("a={}", line.repeat(60)), Syntax::KeyValue).unwrap();
    assert!(text.ends_with("x x "));
}

#[test]
fn kept_templates_are_bounded_in_bytes() {
    let (renderer, values) = (HandlebarsRenderer::new(), TemplateValues::new(Value::Null));
    for count in 0..7 {
        let template = format!("{count}{}", "x".repeat(200_000));
        assert!(renderer.render("t", &template, Syntax::Ipxe, &values).is_ok());
        let kept = renderer.compiled.lock().unwrap();
        assert!(kept.values().map(|kept| kept.bytes).sum::<usize>() <= KEPT_BYTES);
    }
}
