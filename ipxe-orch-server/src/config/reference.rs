//! The generated part of `docs/CONFIGURATION.md`.

use super::{
    Config,
    environment::OTHERS,
    table::{Form, SETTINGS, Spec},
    template::wrapped,
};

/// Of paragraphs, in characters.
const WIDTH: usize = 116;

/// Every setting and every variable, as Markdown.
pub fn reference() -> String {
    let defaults = Config::defaults();
    let settings: String = SETTINGS.iter().map(|setting| section(setting, &defaults)).collect();
    let contents = contents();
    let others = others();
    format!("\n## Settings\n\n{contents}\n{settings}## Other variables\n\n{others}\n")
}

/// Every variable, with what it is.
#[cfg(feature = "cli")]
pub(crate) fn variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    let settings = SETTINGS.iter().map(|setting| (setting.variable, setting.summary));
    settings.chain(OTHERS)
}

fn others() -> String {
    let row = |(name, what): &(&str, &str)| vec![format!("`{name}`"), (*what).to_owned()];
    table(["variable", "is"], OTHERS.iter().map(row))
}

fn table<const N: usize>(heading: [&str; N], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let heading = format!("| {} |\n|{}", heading.join(" | "), "---|".repeat(N));
    let lines = std::iter::once(heading).chain(rows.map(|row| line(&row)));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The help of the option that sets this.
#[cfg(feature = "cli")]
pub(crate) fn option_help(name: &str) -> String {
    let Some(setting) = Spec::named(name) else { return String::new() };
    let default = setting.default_text(&Config::defaults());
    format!("{} [env: {}] [default: {default}]", setting.summary, setting.variable)
}

/// All settings at a glance.
fn contents() -> String {
    let row = |setting: &Spec| {
        let Spec { name, variable, summary, .. } = setting;
        let link = format!("[`{name}`](#{})", anchor(name));
        vec![link, format!("`{variable}`"), (*summary).to_owned()]
    };
    table(["setting", "variable", "is"], SETTINGS.iter().map(row))
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    heading.replace('.', "")
}

fn section(setting: &Spec, defaults: &Config) -> String {
    let Spec { name, variable, summary, details, example, .. } = setting;
    let option = setting.option.map_or_else(String::new, |option| {
        let (option, command) = option.split_once(' ').unwrap_or((option, ""));
        format!("- option: `{option}` {command}").trim_end().to_owned() + "\n"
    });
    format!(
        "### `{name}`\n\n{}\n\n- value: {}\n- default: {}\n{option}- variable: `{variable}`{}\n\
         - example: `{name} = {example}`\n\n",
        wrapped(&format!("{summary}. {details}"), WIDTH).join("\n"),
        setting.form.what(),
        default(setting, defaults),
        setting.form.joined(),
    )
}

fn default(setting: &Spec, defaults: &Config) -> String {
    match (setting.default, setting.default_text(defaults)) {
        (Some(words), _) => words.to_owned(),
        (None, value) if value.is_empty() => "none".to_owned(),
        (None, value) => format!("`{value}`"),
    }
}

impl Form {
    /// What a value is.
    pub(super) const fn what(self) -> &'static str {
        let (Self::One(what) | Self::Several(what) | Self::Paths(what)) = self;
        what
    }

    /// How several stand in a variable; behind its name.
    pub(super) const fn joined(self) -> &'static str {
        match self {
            Self::One(_) => "",
            Self::Several(_) => ", joined by commas or spaces",
            Self::Paths(_) => ", joined by `:`",
        }
    }
}
