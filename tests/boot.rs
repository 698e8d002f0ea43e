//! Machines boot our image against the real server, under SeaBIOS and OVMF.
//!
//! What counts is what a machine does and what goes over the wire: the console, and
//! a proxy that sees each request. Starting a machine is slow, so that one run of it
//! goes through several boots.

#[cfg(test)]
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

#[cfg(test)]
mod machines {
    use super::support::{
        Result,
        disk::Disk,
        machine::{Firmware, Machine},
        proxy::{Exchange, Proxy},
        secs,
        server::Site,
        vm::Vm,
    };
    use std::{fs, path::Path, time::Duration};

    const HOST: &str = "web1";
    const MAC: &str = "52:54:00:00:00:01";
    const SCRIPT: &str = "/boot/v1/script";
    const CLAIM: &str = "/claim";

    /// The image's decision, the installer, the installed system.
    const LOCAL: &str = "booting the local disk";
    const INSTALLER: &str = "tiny: installer started";
    const INSTALLED: &str = "tiny: booted from local disk host=web1 attempt=";

    /// Emulated, on a busy machine with two cores.
    const BOOT: Duration = secs(120);

    /// A server with one host that is to be installed, and a proxy in front of it.
    fn site() -> Result<(Site, Proxy)> {
        let mut site = Site::new()?;
        site.import(&format!(
            "name,mac,address,gateway,dns,profile,first_boot\n\
             {HOST},{MAC},10.0.2.15/24,10.0.2.2,10.0.2.3,tiny,install\n"
        ))?;
        site.start()?;
        let proxy = Proxy::start(site.address())?;
        Ok((site, proxy))
    }

    fn machine(firmware: Firmware, image: &Path, disk: &Disk) -> Machine {
        Machine::new(firmware, MAC).iso(image).disk(disk)
    }

    /// Follows a boot that installs, up to the installed system; returns the attempt.
    fn installs(vm: &mut Vm) -> Result<String> {
        vm.wait_for(INSTALLER, BOOT)?;
        let (index, took) = vm.wait_for_any(&["tiny: reported done", "tiny: FAILED"], BOOT)?;
        assert_eq!(index, 0, "the install failed: {}", vm.log()?);
        println!("installed in {took:.1?}");
        boots_locally(vm)
    }

    /// Follows a boot from the local disk; returns the attempt that wrote the disk.
    fn boots_locally(vm: &mut Vm) -> Result<String> {
        let (index, _) = vm.wait_for_any(&[INSTALLED, INSTALLER], BOOT)?;
        assert_eq!(index, 0, "the installer ran: {}", vm.log()?);
        vm.rest_of_line()
    }

    /// Claims that the server granted.
    fn claims(proxy: &Proxy) -> usize {
        proxy.exchanges(CLAIM).iter().filter(|one| one.status == 200).count()
    }

    fn last_script(proxy: &Proxy) -> Result<Exchange> {
        proxy.exchanges(SCRIPT).pop().ok_or_else(|| "no boot request".into())
    }

    /// First boot installs, the next is local; a mark installs once more; without a
    /// server the machine boots its disk.
    fn life_of_a_host(firmware: Firmware) -> Result<()> {
        let (mut site, proxy) = site()?;
        let image = site.image(HOST, proxy.port())?;
        let disk = Disk::blank(&site.dir().join("disk"), 64)?;
        let mut vm = machine(firmware, &image, &disk).start(&site.dir().join("vm"))?;

        let first = installs(&mut vm)?;
        assert_eq!(claims(&proxy), 1);
        assert_eq!(proxy.exchanges("report?status=done").len(), 1);
        let shown = site.cli(&["hosts", "show", HOST, "--json"])?;
        assert!(shown.contains("installed"), "{shown}");

        vm.reset()?;
        assert_eq!(boots_locally(&mut vm)?, first, "second boot");
        assert_eq!(last_script(&proxy)?.status, 200);
        assert_eq!(claims(&proxy), 1, "second boot");

        site.cli(&["hosts", "mark", HOST])?;
        vm.reset()?;
        let second = installs(&mut vm)?;
        assert_ne!(second, first);
        vm.reset()?;
        assert_eq!(boots_locally(&mut vm)?, second, "the mark is used up");
        assert_eq!(claims(&proxy), 2);

        // A mark that nobody can hand out must not hold the machine up.
        site.cli(&["hosts", "mark", HOST])?;
        proxy.stop()?;
        site.stop()?;
        vm.reset()?;
        vm.wait_for("iPXE initialising devices", BOOT)?;
        let decision = vm.wait_for(LOCAL, BOOT)?;
        assert_eq!(boots_locally(&mut vm)?, second, "server stopped");
        println!("{firmware:?}: without a server, local boot decided after {decision:.1?}");
        assert!(decision < secs(20), "{decision:?}");
        site.cli(&["audit", "verify"])?;
        vm.stop()
    }

    /// A lost answer is given again, the same bytes for the same attempt; a lost
    /// reply to a claim costs the install, and never makes a second one.
    fn lost_answers(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        let image = site.image(HOST, proxy.port())?;
        let disk = Disk::blank(&site.dir().join("disk"), 64)?;
        proxy.lose(SCRIPT, 1);
        let mut vm = machine(firmware, &image, &disk).start(&site.dir().join("vm"))?;
        let attempt = installs(&mut vm)?;
        let scripts = proxy.exchanges(SCRIPT);
        let delivered: Vec<_> = scripts.iter().take(2).map(|one| one.delivered).collect();
        assert_eq!(delivered, [false, true]);
        assert_eq!(scripts[0].body, scripts[1].body, "the same script");
        assert_eq!(claims(&proxy), 1);
        let shown = site.cli(&["events", "--json"])?;
        assert!(shown.contains(&attempt), "attempt {attempt} in {shown}");

        site.cli(&["hosts", "mark", HOST])?;
        proxy.lose(CLAIM, 1);
        vm.reset()?;
        assert_eq!(boots_locally(&mut vm)?, attempt, "the disk is untouched");
        // iPXE repeats a request that was lost on a connection in use: that is refused.
        let claims = proxy.exchanges(CLAIM);
        let granted: Vec<_> = claims.iter().map(|one| (one.status, one.delivered)).collect();
        assert_eq!(granted[..2], [(200, true), (200, false)]);
        assert!(granted[2..].iter().all(|(status, _)| *status == 404), "{granted:?}");
        vm.stop()
    }

    /// A wrong secret: local boot, and not a word about the host or its mark.
    fn wrong_secret(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        let image = site.image(HOST, proxy.port())?;
        spoil_secret(&image)?;
        let disk = Disk::installed(&site.dir().join("disk"), HOST, "before")?;
        let mut vm = machine(firmware, &image, &disk).start(&site.dir().join("vm"))?;
        assert_eq!(boots_locally(&mut vm)?, "before");

        let told = last_script(&proxy)?;
        let unknown = "/boot/v1/script?h=019a0000-0000-7000-8000-000000000000&g=1&k=00000000\
             &t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&m=52:54:00:00:00:99";
        assert_eq!((told.status, told.body), site.get(unknown)?, "as a stranger is told");
        assert_eq!(proxy.exchanges("/boot/v1/t/").len(), 0, "no ticket was given");
        vm.stop()
    }

    /// Replaces the first character of the secret in the image's script.
    fn spoil_secret(image: &Path) -> Result<()> {
        let mut bytes = fs::read(image)?;
        let name = b"&t=";
        let is_name = |at: &usize| bytes[*at..].starts_with(name);
        let secrets: Vec<usize> = (0..bytes.len()).filter(is_name).collect();
        assert!(!secrets.is_empty(), "the image has a secret");
        for at in secrets {
            let first = &mut bytes[at + name.len()];
            *first = if *first == b'A' { b'B' } else { b'A' };
        }
        Ok(fs::write(image, bytes)?)
    }

    /// Without a network cable the machine boots its disk after the wait for a link.
    fn cable_unplugged(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        let image = site.image(HOST, proxy.port())?;
        let disk = Disk::installed(&site.dir().join("disk"), HOST, "before")?;
        let mut vm = machine(firmware, &image, &disk).start(&site.dir().join("vm"))?;
        vm.set_link(false)?;
        vm.wait_for("iPXE initialising devices", BOOT)?;
        let decision = vm.wait_for(LOCAL, BOOT)?;
        assert_eq!(boots_locally(&mut vm)?, "before");
        println!("{firmware:?}: without a link, local boot decided after {decision:.1?}");
        vm.stop()
    }

    macro_rules! on_both_firmwares {
        ($($(#[$attribute:meta])* $bios:ident, $uefi:ident => $case:ident;)*) => {$(
            $(#[$attribute])*
            #[test]
            fn $bios() -> Result<()> {
                $case(Firmware::SeaBios)
            }

            $(#[$attribute])*
            #[test]
            fn $uefi() -> Result<()> {
                $case(Firmware::Ovmf)
            }
        )*};
    }

    on_both_firmwares! {
        life_of_a_host_bios, life_of_a_host_uefi => life_of_a_host;
        lost_answers_bios, lost_answers_uefi => lost_answers;
        wrong_secret_bios, wrong_secret_uefi => wrong_secret;
        #[ignore = "long: scripts/test long"]
        cable_unplugged_bios, cable_unplugged_uefi => cable_unplugged;
    }
}
