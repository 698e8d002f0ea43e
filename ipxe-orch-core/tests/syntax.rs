//! Values in texts of every syntax: where they may be, and where they are refused.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

#[expect(dead_code, reason = "other tests use the rest")]
mod hostile;

use hostile::put;
use ipxe_orch_core::profile::{Misplaced, Syntax, check_places, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

fn stands(syntax: Syntax, value: &Value, templates: &[(&str, &str)]) {
    for (template, text) in templates {
        assert_eq!(put(syntax, template, value).as_deref(), Ok(*text), "{syntax}: {template}");
    }
}

fn refused(syntax: Syntax, value: &Value, templates: &[&str]) {
    for template in templates {
        let put = put(syntax, template, value);
        assert!(put.is_err(), "{syntax}: {template}: {put:?}");
    }
}

#[test]
fn ipxe_arguments() {
    stands(
        Syntax::Ipxe,
        &json!("x"),
        &[
            ("echo @ || goto f", "echo x || goto f"),
            ("k a=@/@", "k a=x/x"),
            ("# @", "# x"),
            ("a \\\n @", "a \\\n x"),
        ],
    );
    refused(
        Syntax::Ipxe,
        &json!("x"),
        &[
            "@",
            "a\n  @",
            "a || @",
            "a && @ b",
            "a ; @ b",
            "a ; \\\r\n@",
            ":@",
            "a ${net@/ip}",
            ":a@",
        ],
    );
    refused(Syntax::Ipxe, &json!("--x"), &["a @"]);
    refused(
        Syntax::Ipxe,
        &json!(""),
        &[
            "a @",
            "a @ b",
            "a @|| b",
            "a |@| b",
            "a ;@ b",
            "a @-b",
            "a $@{b}",
            "a @@|| b",
            "a b\\@\nc",
            "# a\\@\nb",
            "a \\\n# @",
        ],
    );
    stands(Syntax::Ipxe, &json!(""), &[("a b=@", "a b="), ("a @b", "a b")]);
}

#[test]
fn shell_words() {
    let value = json!("it's $(x) #");
    let quoted = r#"'it'"'"'s $(x) #'"#;
    for template in [
        "a @",
        "a --b=@c",
        "A=@",
        "A=1 B=@ c",
        "case @ in\nx) a @;;\nesac",
        "if [ @ = b ]; then",
        "a $(b) \"c\" @",
        "for i in @ @; do",
        "cat <<E\n$x\nE\na @",
        "a > @",
        "a # b'\nc @",
        "a \\\n @",
        "cat <<-'E'\n\tx'\n\tE\na @",
        "a ${b:-\"}\"} @",
    ] {
        let text = put(Syntax::Shell, template, &value);
        assert_eq!(text.as_deref(), Ok(template.replace('@', quoted).as_str()), "{template}");
    }
    for template in [
        "@",
        "a; @",
        "a && @ b",
        "A=1 @",
        "if @; then",
        "a '@'",
        "a \"@\"",
        "a \"b $(c @)\"",
        "a $(b @)",
        "a `b @`",
        "a ${b:-@}",
        "a # @",
        "cat <<E\n@\nE\n",
        "cat <<@\n",
        "a $@",
        "a ~@",
        "a \\@",
        "a @>b",
        "((@))",
        "a 'b @",
        "a $'@'",
        "a <(b @)",
        "a <<E; b\n@\nE",
    ] {
        refused(Syntax::Shell, &value, &[template]);
    }
    refused(Syntax::Shell, &json!("-x"), &["a @", "a ''@", "\"\"@"]);
    refused(Syntax::Shell, &json!("-x y"), &["a @"]);
    stands(Syntax::Shell, &json!(""), &[("a @", "a ''")]);
    assert!(encode(Syntax::Shell, &json!("a\nb")).is_err());
}

#[test]
fn kickstart_words() {
    let value = json!("it's #1");
    let quoted = r#"'it'"'"'s #1'"#;
    for template in [
        "network --ip=@ --x\n",
        "rootpw @\n",
        "%post\na @\n%end\nb @\n",
        "a @ # it's\n",
        "%pre --interpreter=/bin/bash\na @\n",
        "%firstboot --interpreter=busybox\na @",
        "a \"b\" @",
    ] {
        let text = put(Syntax::Kickstart, template, &value);
        assert_eq!(text.as_deref(), Ok(template.replace('@', quoted).as_str()), "{template}");
    }
    let places = [
        "@\n",
        "# @\n",
        "a # @\n",
        "a '@'\n",
        "a \"@\"\n",
        "%include @\n",
        "%post --log=@\n%end\n",
        "%pre --interpreter=/usr/bin/python3\na(@)\n%end\n",
        "%packages\n@\n%end\n",
        "a \\@\n",
        "%addon x\na @\n%end\n",
        "%certificate\n@\n",
        "%post\ncat <<E\n@\nE\n%end\n",
        "a 'b\n@'\n",
    ];
    refused(Syntax::Kickstart, &value, &places);
    refused(Syntax::Kickstart, &json!("#x"), &["a @\n", "a \"\"@\n", "a ''@@\n"]);
    refused(Syntax::Kickstart, &json!("-x"), &["a @\n", "a \"\"@\n"]);
    for value in ["-vim", "@core", "a b", "%end"] {
        let package = put(Syntax::Kickstart, "%packages\n@\n%end\n", &json!(value));
        assert!(package.is_err(), "{value}");
    }
    stands(Syntax::Kickstart, &json!("vim"), &[("%packages\n@\n%end\n", "%packages\nvim\n%end\n")]);
}

#[test]
fn preseed_answers() {
    let value = json!("Ä b, c$(d)");
    let line = "d-i passwd/user-fullname string @\n# c\n";
    stands(Syntax::Preseed, &value, &[(line, &line.replace('@', "Ä b, c$(d)"))]);
    let places = [
        "# @",
        "@ a string b",
        "d-i @ string b",
        "d-i a @ b",
        "d-i a string b @",
        "d-i a multiselect @",
        "d-i preseed/late_command string @",
        "d-i partman-auto/expert_recipe string @",
        "d-i a string b \\\n @",
        "d-i debian-installer/add-kernel-opts string @",
        "d-i preseed/late_command string \\\n  a; \\\n  b @\n",
        "@",
    ];
    refused(Syntax::Preseed, &value, &places);
    stands(
        Syntax::Preseed,
        &json!("web-1"),
        &[
            (
                "d-i preseed/late_command string a @; \\\n b --c=@\n",
                "d-i preseed/late_command string a web-1; \\\n b --c=web-1\n",
            ),
            ("d-i a string b\nd-i a string c @", "d-i a string b\nd-i a string c web-1"),
        ],
    );
    let command = "d-i preseed/early_command string wget @";
    let url = "http://[2001:db8::1]:8080/boot/v1/t/A/";
    stands(Syntax::Preseed, &json!(url), &[(command, &command.replace('@', url))]);
    for value in ["[a]", "http://[a*]/", "http://[::1]/[a]", "http://[::1", "x://[::1]/"] {
        refused(Syntax::Preseed, &json!(value), &[command]);
    }
    let options = "d-i debian-installer/add-kernel-opts string console=@";
    let console = json!("ttyS0,115200n8");
    stands(Syntax::Preseed, &console, &[(options, &options.replace('@', "ttyS0,115200n8"))]);
    refused(Syntax::Preseed, &console, &["d-i a multiselect @", "d-i a multiselect b, @"]);
    for value in ["a\\", "a\nb", "a\u{2028}b"] {
        assert!(encode(Syntax::Preseed, &json!(value)).is_err(), "{value:?}");
    }
}

#[test]
fn yaml_scalars() {
    let value = json!("a: [b] # \u{85}\u{1f600}\n\"ä");
    let quoted = r#""a: [b] # \x85\U0001f600\x0a\"\xe4""#;
    for template in [
        "a: @\n",
        "a:\n  - @\n  - b: @ # c\n",
        "a: [x, @, @]\n",
        "a: {b: @}\n",
        "#cloud-config\nä: b\nc: @",
        "a: |\n  text\nb: @\n",
        "a: @",
    ] {
        let text = put(Syntax::Yaml, template, &value);
        assert_eq!(text.as_deref(), Ok(template.replace('@', quoted).as_str()), "{template}");
    }
    let places = [
        "@: a\n",
        "a: b @\n",
        "a: @b\n",
        "a: '@'\n",
        "a: \"@\"\n",
        "a: |\n  @\n",
        "a: >-\n  b\n  @\n",
        "# @\n",
        "a: # @\n",
        "a: &@ b\n",
        "a: !@ b\n",
        "a: b\n  @\n",
        "a: {@: b}\n",
        "a: [@: b]\n",
        "@\na: b",
        "a: http://@/\n",
        "? @\n: a\n",
    ];
    refused(Syntax::Yaml, &value, &places);
    stands(Syntax::Yaml, &json!(7), &[("n@: {id: @}\n", "n7: {id: 7}\n")]);
    refused(Syntax::Yaml, &json!(true), &["a: @b", "@: a"]);
    refused(Syntax::Yaml, &json!(-7), &["a: @b", "a@: b"]);
    stands(
        Syntax::Yaml,
        &json!(["a", 1, "@"]),
        &[("a: @\nb: 1\n", "a: [\"a\", 1, \"@\"]\nb: 1\n")],
    );
    refused(Syntax::Yaml, &json!(["a"]), &["@: a\n", "a: b @\n", "a: |\n  @\n", "a: '@'\n"]);
}

#[test]
fn json_values() {
    let value = json!("a\"\u{1f600}\u{7f}\n");
    let quoted = value.to_string();
    for template in [r#"{"a": @, "b": [@]}"#, "[1, @]", "@"] {
        let text = put(Syntax::Json, template, &value);
        assert_eq!(text.as_deref(), Ok(template.replace('@', &quoted).as_str()), "{template}");
    }
    refused(Syntax::Json, &value, &["{@: 1}", r#"{"a": "@"}"#, "a: @", "[1] // @"]);
    refused(Syntax::Json, &json!(-12), &["[1@]", "[@1]", "[1.@]"]);
}

#[test]
fn xml_texts_and_attributes() {
    let value = json!("<a b='c'>&\"\n]]>");
    let text = "&lt;a b=&apos;c&apos;&gt;&amp;&quot;&#10;]]&gt;";
    for template in ["<a>@</a>", "<a b=\"@\" c='@'/>", "<a>\n  @\n</a>", "<a><b/>@</a>"] {
        let put = put(Syntax::Xml, template, &value);
        assert_eq!(put.as_deref(), Ok(template.replace('@', text).as_str()), "{template}");
    }
    let places = [
        "<a><@/></a>",
        "<a @='b'/>",
        "<a @/>",
        "<!-- @ --><a/>",
        "<a><![CDATA[@]]></a>",
        "<a>run @</a>",
        "<a b='c @'/>",
        "<a>@<![CDATA[x]]></a>",
        "<?x @?><a/>",
        "@<a/>",
        "<a/>@",
        "<!DOCTYPE a><a>@</a>",
    ];
    refused(Syntax::Xml, &value, &places);
    stands(Syntax::Xml, &json!("web-1"), &[("<a>run @ x</a>", "<a>run web-1 x</a>")]);
    assert!(encode(Syntax::Xml, &json!("\u{0}")).is_err());
}

#[test]
fn batch_arguments() {
    stands(Syntax::Batch, &json!("a b"), &[("set \"A=@\"\r\n", "set \"A=a b\"\r\n")]);
    stands(Syntax::Batch, &json!("10.0.2.15"), &[("netsh a @ b\r\n", "netsh a 10.0.2.15 b\r\n")]);
    refused(Syntax::Batch, &json!("a b"), &["a @", "a=@"]);
    refused(
        Syntax::Batch,
        &json!("a"),
        &["@", "  @ b", "a & @", "rem @", ":@", "::@", "REM @", "a %@%", "a @>b"],
    );
    refused(Syntax::Batch, &json!("/x"), &["a @", "a \"@\""]);
    refused(Syntax::Batch, &json!("a\\"), &["a \"@\""]);
    refused(Syntax::Batch, &json!(""), &["a @"]);
    for value in ["%A%", "a!b", "a\"b", "a&b", "a|b", "a<b", "a^b", "a\nb", "ä"] {
        assert!(encode(Syntax::Batch, &json!(value)).is_err(), "{value}");
    }
}

#[test]
fn lists_are_values_of_yaml_and_json_alone() {
    for syntax in Syntax::ALL {
        let list = matches!(syntax, Syntax::Yaml | Syntax::Json);
        assert_eq!(encode(syntax, &json!(["a"])).is_ok(), list, "{syntax}");
        assert!(encode(syntax, &json!({})).is_err() && encode(syntax, &Value::Null).is_err());
        assert_eq!(encode(syntax, &json!(7)).as_deref(), Ok("7"));
    }
}

proptest! {
    /// No text makes writing or refusing a value panic.
    #[test]
    fn no_text_is_too_much(text in "[ -~\n\u{e4}]{0,60}", at in 0_usize..60, length in 0_usize..9) {
        let floor = |mut at: usize| { while !text.is_char_boundary(at) { at -= 1; } at };
        let start = floor(at.min(text.len()));
        let end = floor((start + length).min(text.len())).max(start);
        for syntax in Syntax::ALL {
            let _: Result<(), Misplaced> = check_places(syntax, &text, std::slice::from_ref(&(start..end)));
        }
    }

    #[test]
    fn no_value_ends_its_argument(value in ".*") {
        let value = json!(value);
        if let Ok(text) = encode(Syntax::Ipxe, &value) {
            let ends = |c: char| c.is_whitespace() || "$\\\"'|&;#`(){}<>".contains(c);
            prop_assert!(!text.contains(ends));
        }
        for syntax in [Syntax::KeyValue, Syntax::Shell, Syntax::Kickstart, Syntax::Preseed, Syntax::Batch, Syntax::Yaml] {
            if let Ok(text) = encode(syntax, &value) {
                prop_assert_eq!(text.lines().count().max(1), 1);
            }
        }
    }

    /// The parsers read exactly the value that was written.
    #[test]
    fn xml_and_json_give_the_value_back(value in "\\PC{0,20}[\n\t]?") {
        if let Ok(text) = put(Syntax::Xml, "<a b='@'><c>@</c></a>", &json!(value)) {
            let read = roxmltree::Document::parse(&text).unwrap();
            let a = read.root_element();
            prop_assert_eq!(a.attribute("b"), Some(value.as_str()));
            prop_assert_eq!(a.first_element_child().unwrap().text().unwrap_or_default(), &value);
            prop_assert_eq!(a.descendants().filter(roxmltree::Node::is_element).count(), 2);
        }
        let text = put(Syntax::Json, r#"{"a": @}"#, &json!(value)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!({"a": value}));
    }
}
