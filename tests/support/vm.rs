//! A virtual machine with our image in its CD drive.

use super::{Failure, Result, console, disk::Disk, now, poll, present, secs, slot::Slot};
use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

const OVMF_CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const OVMF_VARS: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/// What starts the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Firmware {
    SeaBios,
    Ovmf,
}

/// What a machine is made of; [`Machine::start`] turns it on.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    firmware: Firmware,
    iso: Option<PathBuf>,
    disk: Option<Disk>,
    mac: String,
    nic: &'static str,
    memory_mib: u32,
}

impl Machine {
    pub(crate) fn new(firmware: Firmware, mac: &str) -> Self {
        let mac = mac.to_owned();
        Self { firmware, iso: None, disk: None, mac, nic: "virtio-net-pci", memory_mib: 512 }
    }

    /// Attaches an image as CD, first in the boot order.
    pub(crate) fn iso(mut self, path: &Path) -> Self {
        self.iso = Some(path.to_owned());
        self
    }

    /// Attaches a disk, second in the boot order.
    pub(crate) fn disk(mut self, disk: &Disk) -> Self {
        self.disk = Some(disk.clone());
        self
    }

    /// Turns the machine on; `dir` takes its console log, variables and monitor.
    ///
    /// # Errors
    /// When QEMU or a firmware file is missing (they never are skipped).
    pub(crate) fn start(&self, dir: &Path) -> Result<Vm> {
        let slot = Slot::take()?;
        fs::create_dir_all(dir)?;
        let (serial, monitor) = (dir.join("serial.log"), dir.join("monitor"));
        // setpriv: a test that is killed must not leave its machine behind.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "qemu-system-x86_64"]);
        command.args(["-accel", "tcg", "-display", "none", "-nodefaults", "-vga", "std"]);
        command.args(["-m", &self.memory_mib.to_string()]);
        command.arg("-serial").arg(format!("file:{}", serial.display()));
        command.arg("-monitor").arg(format!("unix:{},server,nowait", monitor.display()));
        self.add_firmware(&mut command, dir)?;
        self.add_devices(&mut command);
        let errors = fs::File::create(dir.join("qemu.err"))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let process = command
            .spawn()
            .map_err(|error| format!("cannot start QEMU ({error}): run scripts/setup"))?;
        fs::OpenOptions::new().create(true).append(true).open(&serial)?;
        Ok(Vm { process, dir: dir.to_owned(), serial, monitor, seen: 0, _slot: slot })
    }

    fn add_firmware(&self, command: &mut Command, dir: &Path) -> Result<()> {
        match self.firmware {
            // Without graphics SeaBIOS puts the screen on the serial line.
            Firmware::SeaBios => {
                command.args(["-machine", "pc,graphics=off"]);
            }
            Firmware::Ovmf => {
                let code = present(OVMF_CODE.into())?;
                let variables = dir.join("OVMF_VARS.fd");
                fs::copy(present(OVMF_VARS.into())?, &variables)?;
                command.args(["-machine", "q35"]);
                let flash = "if=pflash,format=raw";
                command.arg("-drive").arg(format!("{flash},readonly=on,file={}", code.display()));
                command.arg("-drive").arg(format!("{flash},file={}", variables.display()));
            }
        }
        Ok(())
    }

    fn add_devices(&self, command: &mut Command) {
        command.args(["-netdev", "user,id=net,restrict=off,net=10.0.2.0/24,host=10.0.2.2"]);
        // No option ROM: iPXE must come from our image.
        let nic = format!("{},netdev=net,id=nic,mac={},romfile=", self.nic, self.mac);
        command.args(["-device", &nic]);
        if let Some(iso) = &self.iso {
            let drive = format!("if=none,id=cd,media=cdrom,format=raw,file={}", iso.display());
            command.args(["-drive", &drive, "-device", "ide-cd,drive=cd,bootindex=0"]);
        }
        if let Some(disk) = &self.disk {
            // The host's page cache is enough: only QEMU may die here, not the host.
            let options = "if=none,id=disk,format=raw,cache=unsafe";
            let drive = format!("{options},file={}", disk.path().display());
            command.args(["-drive", &drive, "-device", "virtio-blk-pci,drive=disk,bootindex=1"]);
        }
    }
}

/// A running machine; dropping it turns it off.
#[derive(Debug)]
pub(crate) struct Vm {
    process: Child,
    dir: PathBuf,
    serial: PathBuf,
    monitor: PathBuf,
    /// How much of the console earlier waits have consumed.
    seen: usize,
    _slot: Slot,
}

impl Vm {
    /// Everything on the serial console so far, as plain text.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(console::plain_text(&fs::read(&self.serial)?))
    }

    /// Waits until `text` appears on the console behind the end of the last match.
    pub(crate) fn wait_for(&mut self, text: &str, limit: Duration) -> Result<Duration> {
        Ok(self.wait_for_any(&[text], limit)?.1)
    }

    /// Waits for the first of several texts; says which one it was.
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

    /// The console from the end of the last match on.
    pub(crate) fn unseen(&self) -> Result<String> {
        Ok(self.log()?.get(self.seen..).unwrap_or_default().to_owned())
    }

    /// The rest of the console's line behind the last match.
    pub(crate) fn rest_of_line(&mut self) -> Result<String> {
        let line = poll(secs(5), || {
            Ok(self.unseen()?.split_once('\n').map(|(line, _)| line.trim_end().to_owned()))
        })?;
        line.ok_or_else(|| self.failure("the line on the console has no end"))
    }

    /// The reset button: what was printed so far counts as seen.
    pub(crate) fn reset(&mut self) -> Result<()> {
        self.seen = self.log()?.len();
        self.monitor("system_reset")
    }

    /// Plugs or unplugs the network cable.
    pub(crate) fn set_link(&self, up: bool) -> Result<()> {
        self.monitor(if up { "set_link nic on" } else { "set_link nic off" })
    }

    fn monitor(&self, command: &str) -> Result<()> {
        let connect = || Ok(UnixStream::connect(&self.monitor).ok());
        let mut stream = poll(secs(5), connect)?.ok_or("QEMU's monitor does not answer")?;
        writeln!(stream, "{command}")?;
        // Its prompt comes back when the command has run.
        let mut answer = Vec::new();
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
        Ok(())
    }

    /// Turns the machine off, as if its power was cut.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// An error that shows the end of the console, for whoever reads the test's output.
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
