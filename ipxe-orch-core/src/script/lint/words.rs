//! Checks for commands, options and settings that look at one command only.

use super::{Place, shown};
use crate::script::{
    commands::{BadArguments, Build, Call},
    finding::{Code, Finding},
    name::SettingName,
    rules::Firmware,
};

pub(super) fn settings(place: &Place<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for word in &place.command.words {
        if !word.is_closed() {
            found.push(place.finding(Code::UnclosedSetting, format!("`{word}`")));
        }
        let unknown = word.settings().into_iter().filter(|name| SettingName::parse(name).is_none());
        found
            .extend(unknown.map(|name| place.finding(Code::UnknownType, format!("`${{{name}}}`"))));
    }
    found
}

pub(super) fn wrong(place: &Place<'_>, name: &str, why: &BadArguments) -> Finding {
    let (code, what) = match why {
        BadArguments::UnknownCommand => {
            (Code::UnknownCommand, format!("iPXE has no command `{}`", shown(name)))
        }
        BadArguments::UnknownOption(option) => {
            (Code::UnknownOption, format!("{name} has no option `{}`", shown(option)))
        }
        BadArguments::NoValue(option) => {
            (Code::WrongOperands, format!("{name}: the value of `{option}` is missing or wrong"))
        }
        BadArguments::BadValue { of, needs, value } => {
            (Code::WrongOperands, format!("{name}: {of} must be {needs}, not `{}`", shown(value)))
        }
        BadArguments::Operands(least, most) if least == most => {
            (Code::WrongOperands, format!("{name} needs {least} operands"))
        }
        BadArguments::Operands(least, most) => {
            (Code::WrongOperands, format!("{name} needs {least} to {most} operands"))
        }
    };
    place.finding(code, what)
}

/// Finds a command or an option that the build does not have under any firmware.
pub(super) fn build(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    let release = place.rules.release;
    let name = call.spec.name;
    let nowhere =
        |build: Build| !Firmware::ALL.iter().any(|firmware| build.is_in(release, *firmware));
    if nowhere(call.spec.build) {
        let what = format!("`{name}` is not a command of {}", lacking(call.spec.build));
        return Some(place.finding(Code::UnknownCommand, what));
    }
    let option = Firmware::ALL.iter().find_map(|firmware| call.lacks(release, *firmware))?;
    let what =
        format!("`--{}` is not an option of {name} in {}", option.long, lacking(option.build));
    Some(place.finding(Code::UnknownOption, what))
}

/// The builds that lack something, and those that have it.
fn lacking(build: Build) -> String {
    match build {
        Build::V2 | Build::V2OnUefi => "Debian 13's iPXE; v2.0.0 has it".to_owned(),
        Build::Master => "released builds of iPXE; its development after v2.0.0 has it".to_owned(),
        Build::Debian13Only(option) => {
            format!("v2.0.0 unless built with {option}; Debian 13's iPXE has it")
        }
        Build::Option(option) => format!("iPXE unless built with {option}"),
        Build::Debian13 | Build::Debian13OrUefi => "this build".to_owned(),
    }
}

/// Finds options in a place where iPXE takes them for arguments of the image.
pub(super) fn late_options(place: &Place<'_>, call: &Call<'_>) -> Vec<Finding> {
    let is_option = |word: &&String| {
        let long = word.strip_prefix("--").and_then(|word| word.split('=').next());
        long.is_some_and(|long| call.spec.option(long).is_some())
    };
    let late = call.operands.iter().skip(1).filter(is_option);
    let uri = shown(call.operand().unwrap_or_default());
    let what = |word: &String| format!("`{}` comes after `{uri}`", shown(word));
    late.filter(|_| call.spec.name != "echo")
        .map(|word| place.finding(Code::OptionAfterOperand, what(word)))
        .collect()
}
