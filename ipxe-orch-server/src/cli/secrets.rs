//! Values of variables as options; secrets from files or standard input, for on a command line
//! everybody could read them.

use super::error::{CliError, CliResult};
use clap::Args;
use ipxe_orch_core::{host::HostValue, keys::MAX_SECRET, names::VariableName};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    str::FromStr,
};
use zeroize::Zeroizing;

#[derive(Clone, Debug, Args)]
pub(super) struct Secrets {
    /// The secret value of a variable, from a file (@FILE) or standard input (-), without the end
    /// of the line; may be given again. Passwords are stored as hashes
    #[arg(long, value_name = "NAME=@FILE")]
    secret: Vec<Source>,
}

/// `NAME=VALUE`.
pub(super) fn variable(text: &str) -> Result<(VariableName, HostValue), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    let name = name.parse().map_err(|error| format!("{error}"))?;
    Ok((name, value.parse().map_err(|error| format!("{error}"))?))
}

/// The values by name. One that is given again adds a line, so that a list has all of them.
pub(super) fn joined(
    given: Vec<(VariableName, HostValue)>,
) -> CliResult<BTreeMap<VariableName, HostValue>> {
    let mut values = BTreeMap::<VariableName, HostValue>::new();
    for (name, value) in given {
        let all = match values.get(&name) {
            None => value,
            Some(before) => {
                format!("{before}\n{value}", before = before.as_str(), value = value.as_str())
                    .parse()
                    .map_err(|error| CliError::Usage(format!("--var {name}: {error}")))?
            }
        };
        values.insert(name, all);
    }
    Ok(values)
}

/// Where a secret is read from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    name: VariableName,
    /// Standard input without one.
    file: Option<PathBuf>,
}

impl FromStr for Source {
    type Err = String;

    /// What was given may be the secret itself, and is not repeated.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = "write it as NAME=@FILE, or as NAME=- for standard input";
        let (name, source) = text.split_once('=').ok_or(wrong)?;
        let file = match source.strip_prefix('@') {
            Some(file) if !file.is_empty() => Some(file.into()),
            None if source == "-" => None,
            _ => return Err(wrong.to_owned()),
        };
        Ok(Self { name: name.parse().map_err(|_| wrong)?, file })
    }
}

impl Secrets {
    /// Reads all of them.
    pub(super) fn read(&self) -> CliResult<Vec<(VariableName, Zeroizing<String>)>> {
        if self.secret.iter().filter(|source| source.file.is_none()).count() > 1 {
            let text = "only one secret can be read from standard input";
            return Err(CliError::Usage(text.to_owned()));
        }
        let one = |source: &Source| Ok((source.name.clone(), source.read()?));
        self.secret.iter().map(one).collect()
    }
}

impl Source {
    fn read(&self) -> CliResult<Zeroizing<String>> {
        let path = self.file.as_deref().unwrap_or(Path::new("standard input"));
        let wrong = |error: io::Error| CliError::file("read", path, &error);
        let reader: Box<dyn Read> = match &self.file {
            Some(file) => Box::new(File::open(file).map_err(wrong)?),
            None => Box::new(io::stdin().lock()),
        };
        let mut text = Zeroizing::new(String::new());
        let most = u64::try_from(MAX_SECRET).unwrap_or(u64::MAX).saturating_add(2);
        reader.take(most).read_to_string(&mut text).map_err(wrong)?;
        let length = text.strip_suffix('\n').unwrap_or(&text).trim_end_matches('\r').len();
        text.truncate(length);
        Ok(text)
    }
}
