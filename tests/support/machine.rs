//! The parts of a virtual machine, as arguments of QEMU.

use super::{
    Result,
    capture::{CAPTURE, FRAME_BYTES},
    disk::Disk,
    present,
    slot::Slot,
    trunk::{self, Trunk},
    vm::{MONITOR, SERIAL, Vm},
};
use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const OVMF_CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const OVMF_VARS: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/// The firmware that starts the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Firmware {
    SeaBios,
    Ovmf,
}

/// The parts of a machine. [`Machine::start`] turns it on.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    firmware: Firmware,
    image: Option<Image>,
    identity: Option<(String, Vec<u8>)>,
    /// A serial number of any bytes.
    serial: Option<Vec<u8>>,
    disks: Vec<Disk>,
    nics: Vec<Nic>,
    network: Network,
    memory_mib: u32,
    cores: u32,
    /// A port of this computer that leads to the ssh port of the first NIC.
    ssh: Option<u16>,
    /// Whether the traffic of the last NIC is recorded.
    capture: bool,
}

/// Our boot image, which is first in the boot order.
#[derive(Debug, Clone)]
enum Image {
    Cd(PathBuf),
    Usb(PathBuf),
}

#[derive(Debug, Clone)]
struct Nic {
    model: &'static str,
    mac: String,
}

/// The network that the NICs are connected to.
#[derive(Debug, Clone)]
enum Network {
    /// A network of QEMU's own, behind its address translation. Each NIC has one for itself.
    User(&'static str),
    /// The same network behind a trunk: all frames of the only NIC have a tag.
    Trunk(PathBuf),
}

/// IPv4 only. The loopback address of this computer is 10.0.2.2.
const IPV4: &str = "restrict=off,ipv6=off,net=10.0.2.0/24,host=10.0.2.2";

/// IPv6 only. The loopback address of this computer is `fec0::2`.
const IPV6: &str = "restrict=off,ipv4=off,ipv6=on";

impl Machine {
    pub(crate) fn new(firmware: Firmware, mac: &str) -> Self {
        Self::without_nics(firmware).nic("virtio-net-pci", mac)
    }

    pub(crate) fn without_nics(firmware: Firmware) -> Self {
        let network = Network::User(IPV4);
        let (disks, nics) = (Vec::new(), Vec::new());
        let (image, identity, serial) = (None, None, None);
        let (memory_mib, cores, ssh, capture) = (512, 1, None, false);
        Self {
            firmware,
            image,
            identity,
            serial,
            disks,
            nics,
            network,
            memory_mib,
            cores,
            ssh,
            capture,
        }
    }

    /// Adds a NIC after the existing ones.
    pub(crate) fn nic(mut self, model: &'static str, mac: &str) -> Self {
        self.nics.push(Nic { model, mac: mac.to_owned() });
        self
    }

    /// Gives the machine more than 512 MiB and one core.
    pub(crate) fn size(mut self, memory_mib: u32, cores: u32) -> Self {
        (self.memory_mib, self.cores) = (memory_mib, cores);
        self
    }

    /// Leads a port of this computer to the ssh port of the machine's first NIC, at 10.0.2.15.
    pub(crate) fn ssh(mut self, port: u16) -> Self {
        self.ssh = Some(port);
        self
    }

    /// Records the beginning of each frame of the last NIC in a file in the machine's folder.
    pub(crate) fn capture(mut self) -> Self {
        self.capture = true;
        self
    }

    /// Connects the machine to a network without IPv4.
    pub(crate) fn ipv6_only(mut self) -> Self {
        self.network = Network::User(IPV6);
        self
    }

    /// Connects the machine's only NIC to a trunk.
    pub(crate) fn trunk(mut self, trunk: &Trunk) -> Self {
        self.network = Network::Trunk(trunk.dir().to_owned());
        self
    }

    /// Attaches an image as a CD, first in the boot order.
    pub(crate) fn iso(mut self, path: &Path) -> Self {
        self.image = Some(Image::Cd(path.to_owned()));
        self
    }

    /// Attaches an image as a USB stick, first in the boot order.
    pub(crate) fn usb(mut self, path: &Path) -> Self {
        self.image = Some(Image::Usb(path.to_owned()));
        self
    }

    /// Gives the machine a UUID and a serial number (SMBIOS 3.0, section 7.2): any bytes but zero
    /// and comma.
    pub(crate) fn identity(mut self, uuid: &str, serial: impl AsRef<[u8]>) -> Self {
        self.identity = Some((uuid.to_owned(), serial.as_ref().to_vec()));
        self
    }

    /// Gives the machine a serial number that need not be text.
    pub(crate) fn serial(mut self, serial: &[u8]) -> Self {
        self.serial = Some(serial.to_vec());
        self
    }

    /// Attaches a disk, next in the boot order.
    pub(crate) fn disk(mut self, disk: &Disk) -> Self {
        self.disks.push(disk.clone());
        self
    }

    /// Turns the machine on. `dir` is the folder for its console log, variables and monitor.
    ///
    /// # Errors
    /// If QEMU or a firmware file is missing. Such a test is never skipped.
    pub(crate) fn start(&self, dir: &Path) -> Result<Vm> {
        let slot = Slot::take()?;
        fs::create_dir_all(dir)?;
        let (serial, monitor) = (dir.join(SERIAL), dir.join(MONITOR));
        // setpriv: if a test is killed, its machine must end as well.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "qemu-system-x86_64"]);
        command.args(["-accel", "tcg", "-display", "none", "-nodefaults", "-vga", "std"]);
        command.args(["-m", &self.memory_mib.to_string(), "-smp", &self.cores.to_string()]);
        command.arg("-serial").arg(format!("file:{}", serial.display()));
        command.arg("-monitor").arg(format!("unix:{},server,nowait", monitor.display()));
        self.add_firmware(&mut command, dir)?;
        self.add_devices(&mut command);
        if self.capture {
            let nic = self.nics.len().saturating_sub(1);
            let file = dir.join(CAPTURE);
            let what = format!("filter-dump,id=dump,netdev=net{nic},maxlen={FRAME_BYTES}");
            command.arg("-object").arg(format!("{what},file={}", file.display()));
        }
        let errors = fs::File::create(dir.join("qemu.err"))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let process = command
            .spawn()
            .map_err(|error| format!("cannot start QEMU ({error}): run scripts/setup"))?;
        fs::OpenOptions::new().create(true).append(true).open(dir.join(SERIAL))?;
        Ok(Vm::new(process, dir, slot))
    }

    fn add_firmware(&self, command: &mut Command, dir: &Path) -> Result<()> {
        match self.firmware {
            // Without graphics, SeaBIOS prints the screen on the serial line.
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
        for (index, nic) in self.nics.iter().enumerate() {
            match &self.network {
                Network::User(options) => {
                    let port = self.ssh.filter(|_| index == 0);
                    let ssh =
                        port.map(|port| format!(",hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:22"));
                    let ssh = ssh.unwrap_or_default();
                    command.args(["-netdev", &format!("user,id=net{index},{options}{ssh}")]);
                }
                Network::Trunk(dir) => {
                    command.args(trunk::netdevs(&format!("net{index}"), dir, IPV4));
                }
            }
            // Without an option ROM, because iPXE must come from our image.
            let Nic { model, mac } = nic;
            let nic = format!("{model},netdev=net{index},id=nic{index},mac={mac},romfile=");
            command.args(["-device", &nic]);
        }
        if let Some((uuid, serial)) = &self.identity {
            let serial = [b"type=1,serial=", serial.as_slice()].concat();
            command.args(["-uuid", uuid, "-smbios"]).arg(OsString::from_vec(serial));
        }
        if let Some(serial) = &self.serial {
            // QEMU splits its options at commas, unless they are doubled.
            let serial = serial.iter().flat_map(|byte| vec![*byte; 1 + usize::from(*byte == b',')]);
            let option = b"type=1,serial=".iter().copied().chain(serial).collect();
            command.arg("-smbios").arg(OsString::from_vec(option));
        }
        match &self.image {
            None => {}
            Some(Image::Cd(path)) => {
                let drive = format!("if=none,id=cd,media=cdrom,format=raw,file={}", path.display());
                command.args(["-drive", &drive, "-device", "ide-cd,drive=cd,bootindex=0"]);
            }
            Some(Image::Usb(path)) => {
                let options = "if=none,id=stick,format=raw,readonly=on";
                let drive = format!("{options},file={}", path.display());
                command.args(["-drive", &drive, "-device", "qemu-xhci"]);
                command.args(["-device", "usb-storage,drive=stick,bootindex=0"]);
            }
        }
        for (index, disk) in self.disks.iter().enumerate() {
            // The page cache of the computer is enough, because only QEMU may end here, not the
            // computer.
            let options = format!("if=none,id=disk{index},format=raw,cache=unsafe");
            let drive = format!("{options},file={}", disk.path().display());
            let device = format!("virtio-blk-pci,drive=disk{index},bootindex={}", index + 1);
            command.args(["-drive", &drive, "-device", &device]);
        }
    }
}
