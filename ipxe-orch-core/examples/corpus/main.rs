//! Runs the model of iPXE's scripts over all scripts in a folder: the parser, the linter, the proof and
//! the simulator. It prints what was found in each script, and a summary.
//!
//! ```sh
//! scripts/corpus DIR
//! ```
//! The scripts may come from strangers. Each one is judged in a process of its own, which ends when its
//! time is over; `scripts/corpus` also limits its memory.

mod judge;
mod report;

use clap::Parser;
use ipxe_orch_core::text::{json, lines, shown};
use report::{Report, Verdict};
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    thread,
    time::Duration,
};

/// Status 0: every script was judged. 1: a script took too much time or memory or crashed the model,
/// or the simulator contradicts a proof. 2: the folder cannot be read.
#[derive(Debug, Parser)]
#[command(name = "corpus", about, verbatim_doc_comment)]
struct Arguments {
    /// The folder, or a single script. All files *.ipxe and *.gpxe are read, and all files that begin
    /// with `#!ipxe` or `#!gpxe`.
    path: PathBuf,
    /// Prints everything as one JSON object.
    #[arg(long)]
    json: bool,
    /// Prints the summary only.
    #[arg(long, short)]
    quiet: bool,
    /// The time for one script, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// The largest number of states of a proof.
    #[arg(long, default_value_t = 20_000)]
    states: usize,
    /// Judges the single script `path` and prints the result for the program that asked.
    #[arg(long, hide = true)]
    one: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.one {
        return one(&arguments);
    }
    match all(&arguments) {
        Ok(report) => {
            if arguments.json {
                println!("{}", json(&report.json()));
            } else {
                println!("{}", lines(&report.to_string()));
            }
            ExitCode::from(u8::from(report.failed()))
        }
        Err(error) => {
            eprintln!("corpus: {}: {error}", arguments.path.display());
            ExitCode::from(2)
        }
    }
}

/// Judges one script and prints the result as JSON.
fn one(arguments: &Arguments) -> ExitCode {
    let judged = fs::read(&arguments.path).map(|bytes| judge::judge(&bytes, arguments.states));
    match judged.map(|judged| serde_json::to_string(&judged)) {
        Ok(Ok(text)) => {
            println!("{}", json(&text));
            ExitCode::SUCCESS
        }
        failed => {
            eprintln!("{failed:?}");
            ExitCode::FAILURE
        }
    }
}

fn all(arguments: &Arguments) -> io::Result<Report> {
    let mut paths = Vec::new();
    collect(&arguments.path, &mut paths)?;
    paths.sort();
    let mut report = Report::default();
    for path in paths {
        let verdict = judged(&path, arguments)?;
        let name = path.strip_prefix(&arguments.path).ok().filter(|name| *name != Path::new(""));
        let name = name.unwrap_or(&path).display().to_string();
        if !arguments.json && !arguments.quiet {
            println!("{}: {}", shown(&name), lines(&verdict.to_string()));
        }
        report.add(name, verdict);
    }
    Ok(report)
}

/// The scripts in a folder and below. Links are not followed.
fn collect(path: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if kind.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), found)?;
        }
    } else if kind.is_file() && is_script(path) {
        found.push(path.to_owned());
    }
    Ok(())
}

fn is_script(path: &Path) -> bool {
    let named =
        path.extension().is_some_and(|extension| extension == "ipxe" || extension == "gpxe");
    let mut start = [0; 6];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    named || (read.is_ok() && matches!(&start, b"#!ipxe" | b"#!gpxe"))
}

/// Judges a script in a process of its own.
fn judged(path: &Path, arguments: &Arguments) -> io::Result<Verdict> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--one").arg("--states").arg(arguments.states.to_string()).arg(path);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut stdout = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    // The result is longer than a pipe may hold.
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let pause = Duration::from_millis(10);
    for _ in 0..u64::from(arguments.seconds) * 100 {
        if let Some(status) = child.try_wait()? {
            let text = reader.join().unwrap_or_else(|_| Err(io::Error::other("not read")))?;
            return Ok(match serde_json::from_str(&text) {
                Ok(judged) if status.success() => Verdict::Judged(judged),
                _ => Verdict::Crashed,
            });
        }
        thread::sleep(pause);
    }
    child.kill()?;
    child.wait()?;
    Ok(Verdict::OutOfTime)
}
