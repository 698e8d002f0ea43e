use super::*;
use serde_json::{Value, json};

/// Renders without checking the places of values.
fn render(template: &str, values: &Value) -> Result<String, RenderError> {
    let (renderer, values) = (HandlebarsRenderer::new(), TemplateValues::new(values.clone()));
    renderer.expand("t.hbs", template, Syntax::Ipxe, &values).map(|rendered| rendered.text)
}

fn error(template: &str, values: &Value) -> String {
    render(template, values).unwrap_err().to_string()
}

#[test]
fn blocks_helpers_and_values_render() {
    let values = json!({"nic": {"mac": "52:54:00:00:00:01", "prefix": 24, "up": true},
        "dns": ["10.0.2.3", "fec0::3"], "none": [], "labels": {"rack": "a1"}});
    for (template, text) in [
        ("{{nic.mac}}/{{nic.prefix}} {{nic.up}}", "52:54:00:00:00:01/24 true"),
        ("{{#if nic.gateway}}gw={{nic.gateway}}{{else}}none{{/if}}", "none"),
        ("{{#if nic.x}}x{{else if nic.up}}up{{else}}n{{/if}}", "up"),
        ("{{#unless nic.gateway}}none{{/unless}}", "none"),
        ("{{#each dns}}{{#unless @first}},{{/unless}}{{this}}{{/each}}", "10.0.2.3,fec0::3"),
        ("{{#each dns as |server|}}{{server}} {{/each}}", "10.0.2.3 fec0::3 "),
        ("{{#each none}}x{{else}}none{{/each}}", "none"),
        ("{{#each labels}}{{@key}}={{this}}{{/each}}", "rack=a1"),
        ("{{#with nic}}{{mac}}{{/with}}", "52:54:00:00:00:01"),
        ("{{lookup dns 1}} {{len dns}}", "fec0::3 2"),
        ("{{#if (eq nic.prefix 24)}}yes{{/if}}", "yes"),
        ("{{#if (and nic.up (not (eq nic.prefix 25)))}}yes{{/if}}", "yes"),
        ("a\n{{#if nic.up}}\nb\n{{/if}}\nc\n", "a\nb\nc\n"),
        (
            "{{join dns \",\"}} {{concat nic.mac \"-\" nic.prefix}}",
            "10.0.2.3,fec0::3 52:54:00:00:00:01-24",
        ),
        ("{{default nic.mtu 1500}} {{default nic.prefix 1}}", "1500 24"),
        ("{{replace nic.mac \":\" \"-\"}}", "52-54-00-00-00-01"),
        ("{{#if (eq (replace nic.mac \"x\" \"\") nic.mac)}}same{{/if}}", "same"),
        ("{{! note }}a{{!-- {{x}} --}}b ${net0/mac}", "ab ${net0/mac}"),
    ] {
        assert_eq!(render(template, &values).as_deref(), Ok(text), "{template}");
    }
}

#[test]
fn what_is_missing_is_named_with_its_line() {
    let values = json!({"nic": {"mac": "x", "v": null, "dns": ["a"]}, "dns": ["a"]});
    for (template, why) in [
        ("\n\n{{nic.gateway}}", "line 3: there is no value `nic.gateway`"),
        ("{{#if nic}}\n{{gateway}}\n{{/if}}", "line 2: there is no value `gateway`"),
        ("{{#each nic.servers}}{{/each}}", "line 1: there is no value `nic.servers`"),
        ("{{#with nic.v4}}{{/with}}", "line 1: there is no value `nic.v4`"),
        ("{{#if (not nic.w)}}{{/if}}", "line 1: `not` is missing its value 1"),
        ("{{lookup dns 7}}", "line 1: there is no such value"),
        ("{{log}}", "line 1: there is no value `log`"),
        ("{{if}}", "line 1: there is no value `if`"),
        ("{{concat nic.w}}", "line 1: there is no value `nic.w`"),
        ("{{join nic \",\"}}", "line 1: `join` needs a list and a separator"),
        ("{{join dns \"a\"}}", "line 1: an item of the list contains the separator `a`"),
        (
            "{{replace nic.mac \"\" \"x\"}}",
            "line 1: `replace` needs something to replace, not an empty text",
        ),
        (
            "{{replace nic.mac}}",
            "line 1: `replace` needs a text, what to replace in it, and a replacement",
        ),
        (
            "{{replace dns \"a\" \"b\"}}",
            "line 1: only texts, numbers, true and false can be joined or changed",
        ),
        ("{{default nic.w nic.x}}", "line 1: there is no value `nic.x`"),
    ] {
        assert_eq!(error(template, &values), format!("template `t.hbs`: {why}"), "{template}");
    }
}

#[test]
fn what_has_no_text_is_named() {
    let values = json!({"nic": {"v": null, "dns": ["a"]}, "v": "a b"});
    for (path, why) in [
        ("nic.v", "it is null, which has no text of its own"),
        ("nic", "it is an object, which has no text of its own"),
        (
            "nic.dns",
            "it is a list: write `{{join list \",\"}}`, or its items with `{{#each list}}`",
        ),
        ("v", "only A-Z, a-z, 0-9 and -_./:,=@+%~[] are allowed"),
    ] {
        let text = format!(
            "template `t.hbs`: the value of `{path}` cannot be written in an iPXE script: {why}"
        );
        assert_eq!(error(&format!("{{{{{path}}}}}"), &values), text);
    }
}

#[test]
fn hostile_values_are_refused_and_not_shown() {
    let renderer = HandlebarsRenderer::new();
    for value in ["a b", "${x}", "a;b", "a||b", "a\nb", "a\rb", "\"", "'", "a\\b", "#", "`x`"] {
        let values = json!({"v": value, "l": [value], "o": {value: 1}});
        let values = TemplateValues::new(values);
        let here = ["{{v}}", "{{lookup l 0}}", "{{#each l}}{{this}}{{/each}}"];
        for template in here.into_iter().chain(["{{#each o}}{{@key}}{{/each}}"]) {
            let template = format!("set x={template}");
            let refused = renderer.render("t", &template, Syntax::Ipxe, &values).unwrap_err();
            assert!(matches!(&refused, RenderError::Value { .. }), "{template}: {refused}");
            let line = renderer.render("t", &template, Syntax::KeyValue, &values);
            if value.contains(['\n', '\r']) {
                assert!(matches!(line, Err(RenderError::Value { .. })), "{template}: {line:?}");
            } else {
                assert_eq!(line, Ok(format!("set x={value}")), "no escaping either");
            }
        }
    }
}

#[test]
fn places_are_noted_and_checked() {
    let renderer = HandlebarsRenderer::new();
    let values = TemplateValues::new(json!({"v": "x", "none": ""}));
    let template = "a{{v}}\n{{#if v}}b {{none}}{{v}}{{/if}}";
    let found = renderer.expand("t", template, Syntax::Ipxe, &values).unwrap();
    assert_eq!(
        (found.text.as_str(), found.places.as_slice()),
        ("ax\nb x", [1..2, 5..5, 5..6].as_slice())
    );
    let error = renderer.render("t", "echo a\n{{v}} b", Syntax::Ipxe, &values).unwrap_err();
    assert_eq!(
        error.to_string(),
        "template `t`: line 2 of the rendered text has a value in the wrong place of an \
        iPXE script: it would name a command"
    );
}

#[test]
fn nothing_goes_past_the_value_check() {
    let values = json!({"v": "a b", "l": ["a b"]});
    for (template, why) in [
        ("\n{{{v}}}", "line 2: `{{{` is not allowed"),
        ("{{~{v}~}}", "line 1: braces, brackets"),
        ("{{&v}}", "line 1: `{{&` is not allowed"),
        ("{{~ & v}}", "line 1: `{{&` is not allowed"),
        ("{{{{raw}}}} {{v}} {{{{/raw}}}}", "line 1: `{{{` is not allowed"),
        ("\\{{v}}", "line 1: `\\{{` would be written without change"),
        ("{{> other}}", "line 1: partials"),
        ("{{#> other}}{{/other}}", "line 1: partials"),
        ("{{#*inline \"x\"}}{{/inline}}", "line 1: partials"),
        ("{{* x}}", "line 1: partials"),
        ("{{log v}}", "line 1: `log` is not a helper"),
        ("{{value v}}", "line 1: `value` is not a helper"),
        ("{{#if (log v)}}{{/if}}", "line 1: `log` is not a helper"),
        ("a\n{{#raw v}}{{/raw}}", "line 2: `#raw` is not a block"),
        ("{{#charge}}{{/charge}}", "line 1: `#charge` is not a block"),
        ("{{charge v}}", "line 1: `charge` is not a helper"),
        ("{{#if v}}", "line 1: "),
        ("{{v", "line 1: `{{` has no `}}`"),
        ("{{#if v}}\n{{/each}}", "line "),
    ] {
        let error = error(template, &values);
        assert!(error.starts_with(&format!("template `t.hbs`: {why}")), "{template}: {error}");
    }
}

#[test]
fn the_text_is_bounded() {
    let many: Vec<u32> = (0..1000).collect();
    let values = json!({"many": many, "long": "x".repeat(MAX_OUTPUT / 2 + 1)});
    let each = |inner: &str| format!("{{{{#each @root.many}}}}{inner}{{{{/each}}}}");
    let too_long = format!("template `t.hbs`: its text would have more than {MAX_OUTPUT} bytes");
    assert!(render("{{long}}", &values).is_ok());
    assert_eq!(error("{{long}}{{long}}", &values), too_long);
    assert_eq!(error(&each(&each("0123456789")), &values), too_long);
    assert_eq!(error(&" ".repeat(MAX_TEMPLATE + 1), &values), too_long);
    assert_eq!(render(&each(""), &values).as_deref(), Ok(""));
}

/// The parser is recursive. Without the count before it, these templates would end the process.
#[test]
fn nesting_is_bounded() {
    let nested = |depth| format!("{}{}", "{{#if v}}".repeat(depth), "{{/if}}".repeat(depth));
    let values = json!({"v": "x"});
    assert!(render(&nested(32), &values).is_ok());
    for template in [
        nested(33),
        nested(15_000),
        "{{#if v}}".repeat(20_000),
        "{{ # if v}}".repeat(20_000),
        "{{#if v}}{{! {{/if}}".repeat(10_000),
        "{{#if v}}{{! -- }}{{/if}}--}}".repeat(9_000),
        "{{#if v}}{{#if '}}{{/if}}'}}".repeat(9_000),
        "{{#if v}}{{#if \"'}}{{/if}}'\"}}".repeat(8_000),
        "{{#if v}}{{#if a \"' \" '}}{{/if}}'}}".repeat(7_000),
        "{{#if v}}{{#if a.[}}{{/if}}]}}".repeat(8_000),
        format!("{{{{#if v}}}}{}{{{{/if}}}}", "{{else if v}}".repeat(15_000)),
        format!("{{{{{}", "(not ".repeat(40_000)),
        format!("{{{{len {}1{}}}}}", "[".repeat(100_000), "]".repeat(100_000)),
    ] {
        let head: String = template.chars().take(60).collect();
        assert!(matches!(render(&template, &values), Err(RenderError::Template { .. })), "{head}");
    }
}

#[test]
fn tags_are_counted() {
    let values = json!({"v": "x"});
    assert!(render(&"{{v}}".repeat(2000), &values).is_ok());
    assert!(
        error(&"{{v}}\n".repeat(2001), &values)
            .contains("line 2001: there are more than 2000 tags")
    );
}

#[test]
fn compiled_templates_are_kept_up_to_a_number() {
    let (renderer, values) = (HandlebarsRenderer::new(), TemplateValues::default());
    for count in 0..200 {
        let template = format!("{count}");
        assert_eq!(renderer.render("t", &template, Syntax::Ipxe, &values), Ok(template));
    }
    assert!(renderer.compiled.lock().unwrap().len() <= KEPT);
}
