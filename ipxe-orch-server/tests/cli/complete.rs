//! What a shell completes, and that asking for it leaves everything as it is.

use crate::{
    follow::serve,
    operator::{HEADER, Operator, Ran},
};
use std::fs;

impl Operator {
    /// Asks as bash does, with the last word under the cursor.
    fn complete(&self, words: &[&str]) -> Ran {
        let mut command = self.command(&[&["--", "ipxe-orch"], words].concat());
        command.env("COMPLETE", "bash").env("_CLAP_IFS", "\n");
        command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        self.ran(command.output().unwrap())
    }

    /// The names among the candidates: all but options.
    fn completed(&self, words: &[&str]) -> Vec<String> {
        let ran = self.complete(words);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{words:?}: {ran:?}");
        let names = ran.stdout.lines().filter(|name| !name.starts_with('-'));
        names.map(ToOwned::to_owned).collect()
    }
}

fn operator() -> Operator {
    let operator = Operator::new();
    let fleet = "web1,52:54:00:00:00:01,10.0.2.15/24,10.0.2.2,tiny,local,fra,rack=a1 role=web\n\
                 web2,52:54:00:00:00:02,10.0.2.16/24,10.0.2.2,tiny,local,ber,rack=a2\n";
    let header = HEADER.trim_end();
    operator.file("fleet.csv", format!("{header},site,labels\n{fleet}").as_bytes());
    operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
    operator
}

#[test]
fn names_are_completed_by_what_an_argument_takes() {
    let operator = operator();
    operator.file("a", b"1");
    operator.ok(&["media", "add", "a", "--name", "debian-13"]);
    for (words, expected) in [
        (&["hosts", "show", ""][..], &["web1", "web2"][..]),
        (&["hosts", "mark", "web1", "web2"], &["web2"]),
        (&["hosts", "list", "--site", ""], &["ber", "fra"]),
        (&["hosts", "list", "--label", "ra"], &["rack=a1", "rack=a2"]),
        (&["hosts", "set", "web1", "--no-label", ""], &["rack", "role"]),
        (&["hosts", "set", "web1", "--profile", "debian-"], &["debian-12", "debian-13"]),
        (&["audit", "list", "--host", ""], &["web1", "web2"]),
        (&["images", "build", "--host", ""], &["web1", "web2"]),
        (&["media", "show", ""], &["debian-13"]),
        (&["hosts", "add", ""], &[]),
        (&["nics", "set", "web2", ""], &["52:54:00:00:00:02"]),
        (&["hosts", "set", "web1", "--nic", ""], &["52:54:00:00:00:01"]),
        (&["nics", "add", "web1", "--mac", ""], &[]),
        (&["hosts", "sh"], &["show"]),
        (&["--log-level", "d"], &["debug"]),
    ] {
        assert_eq!(operator.completed(words), expected, "{words:?}");
    }
}

#[test]
fn the_database_of_the_line_is_asked_while_a_server_has_it_open() {
    let operator = operator();
    let (server, _) = serve(&operator, &[]);
    assert_eq!(operator.completed(&["hosts", "show", ""]), ["web1", "web2"]);
    let other = ["--database", "sqlite://other/orch.db"];
    let show = ["hosts", "show", ""];
    assert_eq!(operator.completed(&[&other[..], &show].concat()), [""; 0]);
    let split = ["--database", "sqlite", ":", "//data/orch.db"];
    assert_eq!(operator.completed(&[&split[..], &show].concat()), ["web1", "web2"]);
    operator.file("c.toml", b"database = 'sqlite://data/orch.db'");
    // The variable counts before the file.
    assert_eq!(operator.completed(&[&["--config", "c.toml"], &show[..]].concat()).len(), 2);
    server.end("-TERM");
}

#[test]
fn without_a_database_there_are_no_names_and_nothing_is_made() {
    let operator = Operator::without_database();
    let before = operator.names("");
    for words in [
        &["hosts", "show", ""][..],
        &["media", "show", ""],
        &["--config", "none.toml", "hosts", "show", ""],
        &["--database", "mysql://a/b", "hosts", "show", ""],
        &["--data-dir", "elsewhere", "hosts", "show", ""],
    ] {
        assert_eq!(operator.completed(words), [""; 0], "{words:?}");
    }
    assert_eq!(operator.names(""), before);
    operator.file("data/orch.db", b"no database");
    assert_eq!(operator.completed(&["hosts", "show", ""]), [""; 0]);
    assert_eq!(operator.names("data"), ["orch.db"]);
    assert_eq!(fs::read(operator.path("data/orch.db")).unwrap(), b"no database");
}

#[test]
fn a_shell_registers_and_another_variable_of_that_name_is_ignored() {
    let operator = operator();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = operator.ok(&["completions", shell]);
        assert!(script.contains("COMPLETE") && script.contains("ipxe-orch"), "{script}");
    }
    let mut command = operator.command(&["hosts", "list", "--json"]);
    let ran = operator.ran(command.env("COMPLETE", "1").output().unwrap());
    assert!(ran.stdout.contains("web1"), "{ran:?}");
}

/// What bash itself does with the registration.
#[test]
fn bash_completes_a_line() {
    let operator = operator();
    let script = "source <(\"$PROGRAM\" completions bash)\n\
                  COMP_WORDS=(ipxe-orch hosts show web) COMP_CWORD=3 COMP_TYPE=9\n\
                  _clap_complete_ipxe_orch ipxe-orch web show\n\
                  printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let program = operator.command(&[]);
    let mut bash = std::process::Command::new("bash");
    bash.args(["--norc", "-c", script]).current_dir(operator.path("")).env_clear();
    bash.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    bash.env("PROGRAM", program.get_program()).env("PATH", "/usr/bin:/bin");
    let ran = operator.ran(bash.output().unwrap());
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("web1\nweb2\n", ""), "{ran:?}");
}
