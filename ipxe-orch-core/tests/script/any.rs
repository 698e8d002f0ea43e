//! Any text, and texts that look like scripts, go through the whole model.

use crate::words::WORDS;
use ipxe_orch_core::script::{COMMANDS, MAX_STATES, MAX_TEXT, Script, exercise};
use proptest::{prelude::*, test_runner::TestRunner};
use std::cell::Cell;

/// Lines of commands whose words sometimes fit together.
fn line() -> impl Strategy<Value = String> {
    let names: Vec<&str> = COMMANDS.iter().map(|spec| spec.name).collect();
    let often = vec![
        "goto", "set", "inc", "iseq", "isset", "chain", "kernel", "boot", "exit", "imgfetch",
        "sanboot", "dhcp",
    ];
    let name =
        prop_oneof![3 => proptest::sample::select(often), 1 => proptest::sample::select(names)];
    let words = proptest::collection::vec(proptest::sample::select(WORDS), 0..4);
    let command = (name, words).prop_map(|(name, words)| format!("{name} {}", words.join(" ")));
    let joint = proptest::sample::select(vec![" || ", " && ", " ; "]);
    let chain = proptest::collection::vec((command, joint), 1..4);
    let label = proptest::sample::select(vec!["", "", ":a ", ":a1 ", ":local "]);
    (label, chain, any::<bool>()).prop_map(|(label, chain, guarded)| {
        let mut text = label.to_owned();
        for (index, (command, joint)) in chain.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { joint });
            text.push_str(command);
        }
        text + if guarded { " ||" } else { "" }
    })
}

/// The proof and the runs must agree about scripts of known words, and some of them are proved.
#[test]
fn what_is_proved_strands_no_machine() {
    let lines = proptest::collection::vec(line(), 1..8);
    let end = proptest::sample::select(vec!["exit 1", "exit", ""]);
    let proved = Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig { cases: 256, ..ProptestConfig::default() });
    let judged = runner.run(&(lines, end), |(lines, end)| {
        let text = format!("#!ipxe\n{}\n{end}\n", lines.join("\n"));
        proved.set(proved.get() + usize::from(exercise(text.as_bytes(), MAX_STATES).proved));
        Ok(())
    });
    judged.unwrap();
    assert!(proved.get() >= 5, "only {} are proved", proved.get());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in r"(\PC|[\n\\\r\t${}:#|&;]){0,400}") {
        exercise(format!("#!ipxe\n{text}").as_bytes(), MAX_STATES);
        exercise(text.as_bytes(), MAX_STATES);
    }
}

/// The longest possible texts of one kind of line each.
#[test]
fn long_scripts_take_no_time() {
    for line in [
        "\n",
        ":a\n",
        "a&&",
        "set a${a} ${b${a}}\n",
        "goto a${a} ||\n",
        "set a ${a}${a}x\n",
        "inc a${a}\n",
        "imgfetch --timeout 1 http://a/ok ||\n",
        "isset ${serial} ||\n",
        "${",
        "${a}",
        "chain --timeout 1 http://a/ok ||\n",
    ] {
        let text = format!("#!ipxe\n{}", line.repeat((MAX_TEXT - 7) / line.len()));
        assert!(Script::parse(&text).is_ok(), "{line:?}");
        exercise(text.as_bytes(), MAX_STATES);
    }
}
