//! Completion in a shell: commands, options, and names from the database.
//!
//! The shell runs the program with `COMPLETE=SHELL` and the line so far. Nothing is made, changed
//! or told then: whatever goes wrong, there are just no names.

use super::{Cli, user};
use crate::{
    config::{Config, Environment, Layer, LogLevel},
    media,
};
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::{ArgValueCandidates, CompleteEnv, CompletionCandidate};
use ipxe_orch_backends::sql::{NameKind, names};
use ipxe_orch_core::{
    auth::{OperatorAuthorizer, SeeHosts, Subject, authorize},
    host::Mac,
    names::{HostName, LabelKey, LabelValue, ProfileName, SetName, SiteName},
};
use std::{any::TypeId, env, ffi::OsString, path::PathBuf, sync::Arc};

/// Whether a shell asked; it was answered then.
pub(super) fn answer() -> bool {
    let words: Vec<OsString> = env::args_os().collect();
    // A shell's request begins with `--`, which no command line does.
    let asked = words.get(1).is_some_and(|word| word == "--");
    let line = Arc::new(Line(words.clone()));
    let completions = CompleteEnv::with_factory(|| with_names(Cli::command(), &line));
    // A `COMPLETE` that names no shell has nothing to do with us.
    completions.try_complete(words, env::current_dir().ok().as_deref()).unwrap_or(asked)
}

/// Commands and arguments that take the name of a new host: no known one is wanted there.
const NEW: [(&str, &str); 3] = [("add", "name"), ("approve", "name"), ("rename", "new")];

/// Adds the names to all arguments, by the types of their values.
fn with_names(command: Command, line: &Arc<Line>) -> Command {
    let name = command.get_name().to_owned();
    let add = |arg: Arg| match Names::of(&arg) {
        Some(Names::Stored(NameKind::Host)) if NEW.contains(&(&name, arg.get_id().as_str())) => arg,
        Some(names) => {
            let line = Arc::clone(line);
            let candidates = move || {
                let found = line.candidates(names).unwrap_or_default();
                found.into_iter().map(CompletionCandidate::new).collect()
            };
            arg.add(ArgValueCandidates::new(candidates))
        }
        None => arg,
    };
    command.mut_args(add).mut_subcommands(|below| with_names(below, line))
}

/// Names that an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// Of the database.
    Stored(NameKind),
    /// NICs of the host that the line names.
    Nics,
    /// Sets of the media folder.
    Sets,
    /// Levels of the log.
    Levels,
}

impl Names {
    fn of(arg: &Arg) -> Option<Self> {
        let all = [
            (TypeId::of::<HostName>(), Self::Stored(NameKind::Host)),
            (TypeId::of::<ProfileName>(), Self::Stored(NameKind::Profile)),
            (TypeId::of::<SiteName>(), Self::Stored(NameKind::Site)),
            (TypeId::of::<LabelKey>(), Self::Stored(NameKind::LabelKey)),
            (TypeId::of::<(LabelKey, LabelValue)>(), Self::Stored(NameKind::Label)),
            (TypeId::of::<SetName>(), Self::Sets),
            (TypeId::of::<LogLevel>(), Self::Levels),
        ];
        let taken = arg.get_value_parser().type_id();
        // Other MAC addresses are those of new NICs.
        if taken == TypeId::of::<Mac>() && arg.get_id() == "nic" {
            return Some(Self::Nics);
        }
        all.into_iter().find(|(of, _)| taken == *of).map(|(_, names)| names)
    }
}

/// The line so far.
struct Line(Vec<OsString>);

impl Line {
    /// The value of an option, as `--name VALUE` or `--name=VALUE`. Bash makes words of their own
    /// of `=` and `:`.
    fn option(&self, name: &str) -> Option<OsString> {
        let mut words = self.0.iter().skip_while(|word| {
            let rest = word.to_str().and_then(|word| word.strip_prefix(name));
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        });
        let first = words.next()?.to_str()?;
        let mut words = words.skip_while(|word| *word == "=").peekable();
        let mut value = match first.split_once('=') {
            Some((_, value)) => OsString::from(value),
            None => words.next()?.clone(),
        };
        while let Some(colon) = words.next_if(|word| *word == ":") {
            value.push(colon);
            value.push(words.next()?);
        }
        Some(value)
    }

    /// The settings that the command would have.
    fn config(&self) -> Option<Config> {
        let path = |name| self.option(name).map(PathBuf::from);
        let database = self.option("--database").map(|url| url.to_str()?.parse().ok());
        let flags = Layer {
            data_dir: path("--data-dir"),
            database: database.map_or(Some(None), |parsed| parsed.map(Some))?,
            ..Layer::default()
        };
        Config::load(path("--config").as_deref(), flags, &Environment::of_process()).ok()
    }

    fn candidates(&self, names: Names) -> Option<Vec<String>> {
        match names {
            Names::Levels => Some(LogLevel::NAMES.map(str::to_owned).to_vec()),
            Names::Stored(kind) => stored(&self.config()?, kind),
            Names::Nics => {
                let nics = stored(&self.config()?, NameKind::Nic)?;
                let of_line = |nic: &String| {
                    let (host, mac) = nic.split_once(' ')?;
                    self.0.iter().any(|word| word == host).then(|| mac.to_owned())
                };
                Some(nics.iter().filter_map(of_line).collect())
            }
            Names::Sets => {
                let sets = media::list(&self.config()?.media_dir.value).ok()?;
                Some(sets.iter().map(|set| set.name.to_string()).collect())
            }
        }
    }
}

fn stored(config: &Config, kind: NameKind) -> Option<Vec<String>> {
    let path = config.database.value.path()?;
    let work = async {
        let subject = Subject::from(user::caller().actor().clone());
        let grant = authorize::<SeeHosts>(&OperatorAuthorizer, &subject, None).await.ok()?;
        names(path, &grant, kind).await.ok()
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Line {
        Line(words.iter().map(Into::into).collect())
    }

    #[test]
    fn options_are_found_as_each_shell_splits_them() {
        let url = || Some("sqlite:///a".into());
        for words in [
            &["x", "--database", "sqlite:///a", "hosts"][..],
            &["x", "hosts", "--database=sqlite:///a"],
            &["x", "--database", "=", "sqlite", ":", "///a", "hosts"],
            &["x", "--database", "sqlite", ":", "///a"],
        ] {
            assert_eq!(line(words).option("--database"), url(), "{words:?}");
        }
        assert_eq!(line(&["x", "--database-url", "y"]).option("--database"), None);
        assert_eq!(line(&["x", "--database"]).option("--database"), None);
    }

    fn without_names(command: &Command) -> Vec<String> {
        let args = command.get_arguments().filter(|arg| Names::of(arg).is_some());
        let bare = args.filter(|arg| arg.get::<ArgValueCandidates>().is_none());
        let name = |arg: &Arg| format!("{} {}", command.get_name(), arg.get_id());
        let below = command.get_subcommands().flat_map(without_names);
        bare.map(name).chain(below).collect()
    }

    #[test]
    fn only_names_of_new_hosts_are_not_completed() {
        let command = with_names(Cli::command(), &Arc::new(line(&[])));
        assert_eq!(without_names(&command), ["add name", "rename new", "approve name"]);
    }
}
