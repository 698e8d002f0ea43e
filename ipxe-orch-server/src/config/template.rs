//! The configuration file that `config init` writes.

use super::{
    Config,
    table::{SETTINGS, Spec},
};

const INTRODUCTION: &str = "\
# Configuration of ipxe-orch.
#
# Each setting stands here with its default, commented out: remove the # before it and
# write your value. An option on the command line counts first, then the variable, then
# this file, then the default. Relative paths are counted from the folder of this file.
#
# The file is read from /etc/ipxe-orch/config.toml unless --config or IPXE_ORCH_CONFIG
# names another one. `ipxe-orch config show` tells what counts, and where it was set.
";

/// Of the comments, in characters.
const WIDTH: usize = 88;

/// A configuration file with every setting, commented out: its meaning, unit, default and
/// variable. As it stands, it changes nothing.
pub fn template() -> String {
    let defaults = Config::defaults();
    let sections = SETTINGS.chunk_by(|one, next| one.place().0 == next.place().0);
    let text = sections.map(|settings| section(settings, &defaults));
    INTRODUCTION.to_owned() + &text.collect::<String>()
}

fn section(settings: &[Spec], defaults: &Config) -> String {
    let name = settings.first().map_or("", |setting| setting.place().0);
    let heading = if name.is_empty() { String::new() } else { format!("\n[{name}]\n") };
    let entries = settings.iter().map(|setting| format!("\n{}", entry(setting, defaults)));
    heading + &entries.collect::<String>()
}

fn entry(setting: &Spec, defaults: &Config) -> String {
    let (_, name) = setting.place();
    let default = setting.default_text(defaults);
    let default = if default.is_empty() { "none" } else { &default };
    let option = setting.option.map_or_else(String::new, |option| format!("Option: {option}. "));
    let paragraphs = [
        format!("{}. {}", setting.summary, setting.details),
        format!("Value: {}. Default: {default}.", setting.form.what()),
        format!("{option}Variable: {}{}.", setting.variable, setting.form.joined()),
        format!("Example: {name} = {}", setting.example),
    ];
    let text: String = paragraphs.iter().map(|paragraph| commented(paragraph)).collect();
    format!("{text}#{name} = {}\n", (setting.shown)(defaults).value)
}

fn commented(paragraph: &str) -> String {
    let lines = wrapped(paragraph, WIDTH - 2);
    lines.iter().map(|line| ["# ", line, "\n"].concat()).collect()
}

/// The words on lines of at most `width` characters, unless one word is longer.
pub(super) fn wrapped(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in paragraph.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Layer};
    use std::fs;

    fn loaded(text: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        Config::load(Some(&path), Layer::default(), &Environment::of_root()).unwrap()
    }

    fn values(config: &Config) -> Vec<(&'static str, serde_json::Value)> {
        config.shown().into_iter().map(|setting| (setting.name, setting.value)).collect()
    }

    #[test]
    fn as_it_stands_it_changes_nothing() {
        let config = loaded(&template());
        assert_eq!(values(&config), values(&Config::defaults()));
        assert!(config.shown().iter().all(|setting| setting.from == "default"));
    }

    #[test]
    fn each_setting_can_be_uncommented() {
        let uncommented = |line: &str| match line.strip_prefix('#') {
            Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        };
        let text: String = template().lines().map(uncommented).collect();
        let config = loaded(&text);
        assert_eq!(values(&config), values(&Config::defaults()));
        assert!(config.shown().iter().all(|setting| setting.from == "file"), "{text}");
    }

    #[test]
    fn its_lines_are_short() {
        for line in template().lines().filter(|line| line.starts_with("# ")) {
            assert!(line.len() <= WIDTH || line.starts_with("# Example"), "{line}");
        }
    }
}
