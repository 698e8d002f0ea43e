//! Hostile values, and parts of texts to put them into. The fuzzer uses them as well.

use ipxe_orch_core::profile::{Syntax, check_places, encode};
use serde_json::Value;

/// What somebody would try first.
pub(crate) const HOSTILE: [&str; 22] = [
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

/// Replaces each `@` in `template` by the value, if the value may be there.
///
/// # Errors
/// Why it may not.
pub(crate) fn put(syntax: Syntax, template: &str, value: &Value) -> Result<String, &'static str> {
    let encoded = encode(syntax, value)?;
    let (mut text, mut places) = (String::new(), Vec::new());
    for (index, part) in template.split('@').enumerate() {
        if index > 0 {
            places.push(text.len()..text.len() + encoded.len());
            text.push_str(&encoded);
        }
        text.push_str(part);
    }
    check_places(syntax, &text, &places).map_err(|wrong| wrong.why)?;
    Ok(text)
}

const YAML: &[&str] = &[
    "@", "@", "a", "b: ", "c: @\n", "- ", "\n", "\n  ", "  ", "'", "\"", "|\n", ">-\n", "#", " # ",
    "[", "]", "{", "}", ", ", "&x ", "*x", "!t ", "? ", ": ", "---\n", "\\", "\t",
];

const JSON: &[&str] = &["@", "@", "{", "}", "[", "]", "\"a\":", ",", "\"", "1", " ", "\\", "\n"];

const XML: &[&str] = &[
    "@",
    "@",
    "<a>",
    "</a>",
    "<b c='",
    "'/>",
    "<d e=\"",
    "\"/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?p ",
    "?>",
    "&amp;",
    "x",
    " ",
    "\n",
    "<",
    ">",
];

const KICKSTART: &[&str] =
    &["@", "@", "a", "--b=", " ", " ", "\n", "'", "\"", "\\", "#", "-", "c @ d\n", "\t"];

const PRESEED: &[&str] = &[
    "@",
    "@",
    "d-i",
    " ",
    " ",
    "a/b",
    "string",
    "\n",
    "\\\n",
    "#",
    "multiselect",
    "\t",
    "e f g @\n",
];

const IPXE: &[&str] = &[
    "@",
    "@",
    "echo ",
    "set a ",
    "${a}",
    " ",
    " ",
    "\n",
    ":a ",
    " || ",
    " && ",
    " ; ",
    "--b=",
    "#",
    "\\",
    "\\\n",
    "'",
    "\"",
    "goto a",
    "kernel @ c=@\n",
    "\t",
];

const KEY_VALUE: &[&str] = &["@", "@", "a", "=", "b=@\n", " ", "\n", "#", "'", "\"", "\\", "\t"];

const BATCH: &[&str] = &[
    "@",
    "@",
    "echo ",
    "set \"a=",
    "\"",
    " ",
    " ",
    "\r\n",
    "&",
    "|",
    "(",
    ")",
    "%a%",
    "%",
    "rem ",
    ":",
    "^",
    ">",
    "<",
    "/b",
    "set \"a=@\"\r\n",
    ",",
    ";",
    "=",
];

const SHELL: &[&str] = &[
    "@",
    "@",
    "printf '%s\\0' ",
    "printf '%s\\0' @ b\n",
    " ",
    " ",
    "'",
    "\"",
    "\\",
    "$(printf x ",
    ")",
    "`",
    "\n",
    "#",
    "; ",
    "<<E\n",
    "E\n",
    "${a:-",
    "}",
    "$",
    "~",
    "x=",
    "\"$x\"",
    "if true; then ",
    "\nfi\n",
    "|| ",
    "| ",
    "case @ in b) ",
    ";; esac",
    "(",
    "{ ",
    "$((",
    "))",
    "\\\n",
    "<<-'E'\n\t",
];

/// The parts from which random texts are made.
pub(crate) fn fragments(syntax: Syntax) -> &'static [&'static str] {
    match syntax {
        Syntax::Yaml => YAML,
        Syntax::Json => JSON,
        Syntax::Xml => XML,
        Syntax::Kickstart => KICKSTART,
        Syntax::Preseed => PRESEED,
        Syntax::Ipxe => IPXE,
        Syntax::KeyValue => KEY_VALUE,
        Syntax::Batch => BATCH,
        _ => SHELL,
    }
}
