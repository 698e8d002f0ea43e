//! Debian's own installer, started by our image. It gets its preseed over a static address;
//! `scripts/test long` installs the whole system from this machine's mirror.

#[cfg(test)]
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

#[cfg(test)]
mod machines {
    use super::support::{
        Result, cache,
        capture::packets,
        disk::Disk,
        follow::{HOST, MAC, machines, started},
        machine::{Firmware, Machine},
        mirror::Mirror,
        now, poll,
        proxy::Proxy,
        secs,
        server::Site,
        vm::Vm,
    };
    use std::{
        fs,
        net::{Ipv4Addr, TcpListener},
        path::PathBuf,
        process::{Command, Stdio},
        time::Duration,
    };

    const OTHER_MAC: &str = "52:54:00:00:00:99";

    /// From the image to the installer's first report. An idle machine needs 70 to 120 s.
    const PRESEED: Duration = secs(600);

    /// For a whole install. An idle machine needs less than half an hour.
    const INSTALL: Duration = secs(2 * 3600);

    /// From the end of an install, or from a reset, to the login prompt of the system.
    const LOGIN: Duration = secs(900);

    /// The number of requests with `part` in their path that were answered with 200.
    fn granted(proxy: &Proxy, part: &str) -> usize {
        proxy.exchanges(part).iter().filter(|one| one.status == 200).count()
    }

    /// Waits for a report of the installer.
    fn reports(vm: &mut Vm, proxy: &Proxy, status: &str, limit: Duration) -> Result<Duration> {
        let (start, report) = (now(), format!("report?status={status}"));
        let said = poll(limit, || {
            if !proxy.exchanges("report?status=failed").is_empty() || vm.has_ended()? {
                return Err(format!("the install failed: {}", vm.log()?).into());
            }
            Ok(proxy.exchanges(&report).first().cloned())
        })?;
        let late = || format!("no `{status}` within {limit:?}: {}", vm.log().unwrap_or_default());
        assert_eq!(said.ok_or_else(late)?.status, 204);
        Ok(start.elapsed())
    }

    /// Of two NICs the installer takes the one that the image names, with its static address and
    /// without DHCP. It claims, and debconf accepts its preseed: without that it would not report.
    fn preseed_is_accepted(firmware: Firmware) -> Result<()> {
        cache("media/debian-12/initrd.gz")?;
        let mut site = Site::new()?;
        site.import(&format!(
            "name,mac,address,gateway,dns,profile,first_boot,var.mirror_host\n\
             {HOST},{MAC},10.0.2.77/24,10.0.2.2,10.0.2.3,debian-12,install,10.0.2.2\n"
        ))?;
        let proxy = started(&mut site)?;
        let image = site.image(HOST, proxy.port())?;
        let dir = site.dir().join("vm");
        let disk = Disk::blank(&site.dir().join("disk"), 64)?;
        let machine = Machine::without_nics(firmware)
            .nic("virtio-net-pci", OTHER_MAC)
            .nic("virtio-net-pci", MAC);
        let machine = machine.size(1024, 1).capture().disk(&disk).iso(&image);
        let mut vm = machine.start(&dir)?;
        // The other NIC is connected to nothing.
        vm.set_link(false)?;

        let took = reports(&mut vm, &proxy, "started", PRESEED)?;
        println!("{firmware:?}: Debian 12's installer had its preseed after {took:.0?}");
        for (part, count) in [("/claim", 1), ("answer/preseed.cfg", 1), ("answer/early.sh", 1)] {
            assert_eq!(granted(&proxy, part), count, "{part}");
        }
        let status = site.cli(&["hosts", "show", HOST, "--json"])?;
        assert!(status.contains("installing"), "{status}");

        let packets = packets(&dir)?;
        let ours = packets.iter().filter(|one| one.source == Ipv4Addr::new(10, 0, 2, 77)).count();
        assert!(ours > 100, "{ours} of {} packets are from the static address", packets.len());
        let dhcp = packets.iter().filter(|one| one.port == Some(67)).count();
        assert_eq!(dhcp, 0, "requests by DHCP");
        vm.stop()
    }

    /// The host that is installed completely, and who may log in there.
    struct Host {
        site: Site,
        key: PathBuf,
        ssh: u16,
    }

    impl Host {
        fn new(mirror: &Mirror, layout: &str) -> Result<Self> {
            cache("media/debian-13/initrd.gz")?;
            let site = Site::new()?;
            let key = site.dir().join("ssh-key");
            run(Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(&key))?;
            let public = fs::read_to_string(site.dir().join("ssh-key.pub"))?;
            site.import(&format!(
                "name,mac,address,gateway,dns,profile,first_boot,\
                 var.mirror_host,var.console,var.layout,var.user,var.ssh_keys,var.timezone\n\
                 {HOST},{MAC},10.0.2.15/24,10.0.2.2,10.0.2.3,debian-13,install,\
                 {},ttyS0,{layout},ops,{},Europe/Berlin\n",
                mirror.host(),
                public.trim()
            ))?;
            // The port is free now, and no other test gets it.
            let ssh = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            Ok(Self { site, key, ssh })
        }

        /// Runs a command in the installed system.
        fn ssh(&self, command: &str) -> Result<String> {
            let mut ssh = Command::new("ssh");
            ssh.arg("-i").arg(&self.key).args(["-p", &self.ssh.to_string()]);
            for option in ["BatchMode=yes", "StrictHostKeyChecking=no", "ConnectTimeout=60"] {
                ssh.args(["-o", option]);
            }
            ssh.args(["-o", "UserKnownHostsFile=/dev/null", "ops@127.0.0.1", command]);
            run(&mut ssh)
        }
    }

    fn run(command: &mut Command) -> Result<String> {
        let output = command.stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("{command:?}: {}: {errors}", output.status).into())
    }

    /// Debian installs itself on a blank disk without a question, reports `done`, and boots from
    /// its disk, also after a reset. It has the network, the user and the disk layout that the
    /// inventory has for the host.
    fn installs(firmware: Firmware) -> Result<()> {
        let (mirror, layout) =
            (Mirror::start()?, if firmware == Firmware::Ovmf { "lvm" } else { "plain" });
        let mut host = Host::new(&mirror, layout)?;
        let proxy = started(&mut host.site)?;
        let image = host.site.image(HOST, proxy.port())?;
        let disk = Disk::blank(&host.site.dir().join("disk"), 6 * 1024)?;
        let machine = Machine::new(firmware, MAC).size(1536, 2).ssh(host.ssh);
        let mut vm = machine.disk(&disk).iso(&image).start(&host.site.dir().join("vm"))?;

        let started = reports(&mut vm, &proxy, "started", PRESEED)?;
        let done = started + reports(&mut vm, &proxy, "done", INSTALL)?;
        println!("{firmware:?}: Debian 13 was installed after {done:.0?}");
        let login = format!("{HOST} login:");
        vm.wait_for(&login, LOGIN)?;
        is_as_ordered(&host, firmware, layout)?;

        vm.reset()?;
        vm.wait_for(&login, LOGIN)?;
        assert_eq!(granted(&proxy, "/claim"), 1);
        let shown = host.site.cli(&["hosts", "show", HOST, "--json"])?;
        assert!(shown.contains("installed"), "{shown}");
        let shown: serde_json::Value = serde_json::from_str(&shown)?;
        let loader = shown["loader"].as_str();
        println!("{firmware:?}: the installer has named its loader as {loader:?}");
        let named = loader.is_some_and(|path| path.starts_with(r"\EFI\debian\"));
        assert_eq!(named, firmware == Firmware::Ovmf, "{shown}");
        vm.stop()
    }

    fn is_as_ordered(host: &Host, firmware: Firmware, layout: &str) -> Result<()> {
        let told = host.ssh(
            "hostname; id -nG; \
             cat /etc/network/interfaces; ip -br address; ip route; findmnt -no SOURCE /; \
             readlink /etc/localtime",
        )?;
        for part in ["web1\n", "sudo", "inet static", "10.0.2.15/24", "default via 10.0.2.2"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(told.contains("/Europe/Berlin\n"), "{told}");
        let root = if layout == "lvm" { "/dev/mapper/" } else { "/dev/vda" };
        assert!(told.contains(root), "{told}");
        assert!(!told.contains("dhcp"), "{told}");
        // The image stays first: the installed system has added nothing to the firmware's list.
        if firmware == Firmware::Ovmf {
            let entries = host.ssh("cat /sys/firmware/efi/efivars/Boot0* | tr -cd '[:print:]'")?;
            assert!(!entries.contains("debian"), "{entries}");
        }
        Ok(())
    }

    machines! {
        SeaBios preseed_is_accepted_bios => preseed_is_accepted;
        Ovmf preseed_is_accepted_uefi => preseed_is_accepted;
        #[ignore = "long: scripts/test long"]
        SeaBios installs_bios => installs;
        #[ignore = "long: scripts/test long"]
        Ovmf installs_uefi => installs;
    }
}
