//! A running virtual machine: its console, its buttons and its cables.

use super::{Failure, Result, console, now, poll, secs, slot::Slot};
use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Child,
    time::Duration,
};

/// Files in the folder of a machine: its console, and QEMU's monitor.
pub(crate) const SERIAL: &str = "serial.log";
pub(crate) const MONITOR: &str = "monitor";

/// A running machine. It is turned off when it is dropped.
#[derive(Debug)]
pub(crate) struct Vm {
    process: Child,
    dir: PathBuf,
    /// How much of the console earlier waits have read.
    seen: usize,
    _slot: Slot,
}

impl Vm {
    pub(crate) fn new(process: Child, dir: &Path, slot: Slot) -> Self {
        Self { process, dir: dir.to_owned(), seen: 0, _slot: slot }
    }

    /// Everything on the serial console so far, as plain text.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(console::plain_text(&fs::read(self.dir.join(SERIAL))?))
    }

    /// Waits until `text` appears on the console after the last match.
    pub(crate) fn wait_for(&mut self, text: &str, limit: Duration) -> Result<Duration> {
        Ok(self.wait_for_any(&[text], limit)?.1)
    }

    /// Waits for the first of several texts, and says which one it was.
    pub(crate) fn wait_for_any(
        &mut self,
        texts: &[&str],
        limit: Duration,
    ) -> Result<(usize, Duration)> {
        let start = now();
        let found = poll(limit, || {
            let log = self.log()?;
            let fresh = log.get(self.seen..).unwrap_or_default();
            let hit = texts
                .iter()
                .enumerate()
                .filter_map(|(index, text)| Some((fresh.find(text)? + text.len(), index)))
                .min();
            if let Some((end, index)) = hit {
                self.seen += end;
                return Ok(Some(index));
            }
            match self.process.try_wait()? {
                Some(status) => Err(self.failure(&format!("QEMU ended ({status})"))),
                None => Ok(None),
            }
        })?;
        match found {
            Some(index) => Ok((index, start.elapsed())),
            None => Err(self.failure(&format!("{texts:?} did not appear within {limit:?}"))),
        }
    }

    /// The console after the last match.
    pub(crate) fn unseen(&self) -> Result<String> {
        Ok(self.log()?.get(self.seen..).unwrap_or_default().to_owned())
    }

    /// The rest of the console's line after the last match.
    pub(crate) fn rest_of_line(&mut self) -> Result<String> {
        let line = poll(secs(5), || {
            Ok(self.unseen()?.split_once('\n').map(|(line, _)| line.trim_end().to_owned()))
        })?;
        line.ok_or_else(|| self.failure("the line on the console has no end"))
    }

    /// How long the machine was ready to run while other programs used the processors: the second
    /// number in `schedstat` (proc(5)) of the thread that waited longest.
    pub(crate) fn starved(&self) -> Result<Duration> {
        let mut longest = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let numbers = fs::read_to_string(thread?.path().join("schedstat"))?;
            let waited = numbers.split_whitespace().nth(1).ok_or("schedstat has no numbers")?;
            longest = longest.max(waited.parse::<u64>()?);
        }
        Ok(Duration::from_nanos(longest))
    }

    /// Presses the reset button. Everything that was printed so far counts as read.
    pub(crate) fn reset(&mut self) -> Result<()> {
        self.seen = self.log()?.len();
        self.monitor("system_reset")
    }

    /// Plugs or unplugs the cable of the first NIC.
    pub(crate) fn set_link(&self, up: bool) -> Result<()> {
        self.monitor(if up { "set_link nic0 on" } else { "set_link nic0 off" })
    }

    /// Presses a key on its keyboard. The name of the key is QEMU's.
    pub(crate) fn press(&self, key: &str) -> Result<()> {
        self.monitor(&format!("sendkey {key}"))
    }

    /// Whether it is turned off.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.process.try_wait()?.is_some())
    }

    fn monitor(&self, command: &str) -> Result<()> {
        let connect = || Ok(UnixStream::connect(self.dir.join(MONITOR)).ok());
        let mut stream = poll(secs(5), connect)?.ok_or("QEMU's monitor does not answer")?;
        writeln!(stream, "{command}")?;
        // The prompt comes back when the command has run.
        let mut answer = Vec::new();
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
        Ok(())
    }

    /// Turns the machine off, as a power cut would.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// An error with the end of the console, for the person who reads the output of the test.
    fn failure(&self, what: &str) -> Failure {
        let log = self.log().unwrap_or_default();
        let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        let errors = fs::read_to_string(self.dir.join("qemu.err")).unwrap_or_default();
        let mut message = format!("{what}\n{errors}--- end of the console ---\n");
        for line in lines.iter().skip(lines.len().saturating_sub(40)) {
            let _ = writeln!(message, "{line}");
        }
        message.into()
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
