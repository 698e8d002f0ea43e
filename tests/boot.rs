//! Machines boot our image against the real server, under SeaBIOS and OVMF.
//!
//! The tests look at what a machine does and at what goes over the network: the console, and a
//! proxy that records each request. Starting a machine is slow, so one start goes through several
//! boots.

#[cfg(test)]
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

#[cfg(test)]
mod machines {
    use super::support::{
        Result,
        disk::Disk,
        follow::{
            BOOT, HOST, MAC, PROMISE, asks, blank_machine, boots_its_disk, decides_for_its_disk,
            installed_machine, installs, machines, row, started, with_hosts,
        },
        machine::{Firmware, Machine},
        mssql::Database,
        proxy::{Exchange, Proxy},
        server::Site,
    };
    use std::{fs, path::Path};

    const SCRIPT: &str = "/boot/v1/script";
    const CLAIM: &str = "/claim";

    /// A server with one host that is to be installed, and a proxy in front of the server.
    fn site() -> Result<(Site, Proxy)> {
        let mut site = super::support::follow::site(&row())?;
        let proxy = started(&mut site)?;
        Ok((site, proxy))
    }

    /// The number of claims that the server granted.
    fn claims(proxy: &Proxy) -> usize {
        proxy.exchanges(CLAIM).iter().filter(|one| one.status == 200).count()
    }

    fn last_script(proxy: &Proxy) -> Result<Exchange> {
        proxy.exchanges(SCRIPT).pop().ok_or_else(|| "no boot request".into())
    }

    /// The first boot installs, the next one is local. A mark installs once more. Without a server
    /// the machine boots its disk.
    fn life_of_a_host(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        life_at(site, &proxy, firmware)
    }

    /// Without a SQL Server it is skipped.
    fn life_of_a_host_on_sql_server(firmware: Firmware) -> Result<()> {
        let Some(database) = Database::new()? else { return Ok(()) };
        let mut site = with_hosts(Site::on(&database)?, &row())?;
        let proxy = started(&mut site)?;
        life_at(site, &proxy, firmware)
    }

    fn life_at(mut site: Site, proxy: &Proxy, firmware: Firmware) -> Result<()> {
        let image = site.image(HOST, proxy.port())?;
        let mut vm = blank_machine(firmware, &site)?.iso(&image).start(&site.dir().join("vm"))?;

        let first = installs(&mut vm, HOST)?.attempt;
        assert_eq!(claims(proxy), 1);
        assert_eq!(proxy.exchanges("report?status=done").len(), 1);
        let shown = site.cli(&["hosts", "show", HOST, "--json"])?;
        assert!(shown.contains("installed"), "{shown}");

        vm.reset()?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, first, "second boot");
        assert_eq!(last_script(proxy)?.status, 200);
        assert_eq!(claims(proxy), 1, "second boot");

        site.cli(&["hosts", "mark", HOST])?;
        vm.reset()?;
        let second = installs(&mut vm, HOST)?.attempt;
        assert_ne!(second, first);
        vm.reset()?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, second, "the mark is used up");
        assert_eq!(claims(proxy), 2);

        // A mark that no server can hand out must not stop the machine.
        site.cli(&["hosts", "mark", HOST])?;
        proxy.stop()?;
        site.stop()?;
        vm.reset()?;
        asks(&mut vm)?;
        let decision = decides_for_its_disk(&mut vm)?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, second, "server stopped");
        println!("{firmware:?}: without a server, local boot decided after {decision}");
        assert!(decision.is_within(PROMISE), "{decision}");
        site.cli(&["audit", "verify"])?;
        vm.stop()
    }

    /// A lost answer is given again, with the same bytes for the same attempt. A lost answer to a
    /// claim costs the install, but never leads to a second one.
    fn lost_answers(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        let image = site.image(HOST, proxy.port())?;
        proxy.lose(SCRIPT, 1);
        let mut vm = blank_machine(firmware, &site)?.iso(&image).start(&site.dir().join("vm"))?;
        let attempt = installs(&mut vm, HOST)?.attempt;
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
        assert_eq!(boots_its_disk(&mut vm, HOST)?, attempt, "the disk is untouched");
        // iPXE repeats a request that was lost on an open connection. The repeated claim is
        // refused.
        let claims = proxy.exchanges(CLAIM);
        let granted: Vec<_> = claims.iter().map(|one| (one.status, one.delivered)).collect();
        assert_eq!(granted[..2], [(200, true), (200, false)]);
        assert!(granted[2..].iter().all(|(status, _)| *status == 404), "{granted:?}");
        vm.stop()
    }

    /// With a wrong secret the machine gets a local boot, and nothing about the host or its mark.
    fn wrong_secret(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        let image = site.image(HOST, proxy.port())?;
        spoil_secret(&image)?;
        let mut vm =
            installed_machine(firmware, &site)?.iso(&image).start(&site.dir().join("vm"))?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, "before");

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

    /// Without a network cable the machine boots its disk after it has waited for a link.
    fn cable_unplugged(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        let image = site.image(HOST, proxy.port())?;
        let mut vm =
            installed_machine(firmware, &site)?.iso(&image).start(&site.dir().join("vm"))?;
        vm.set_link(false)?;
        vm.wait_for("iPXE initialising devices", BOOT)?;
        let decision = decides_for_its_disk(&mut vm)?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, "before");
        println!("{firmware:?}: without a link, local boot decided after {decision}");
        vm.stop()
    }

    const UUID: &str = "00112233-4455-6677-8899-aabbccddeeff";

    /// A machine with this serial number is installed. Returns the query of its boot request.
    fn board(firmware: Firmware, registered: Option<&str>, serial: &[u8]) -> Result<String> {
        let (site, proxy) = site()?;
        if let Some(registered) = registered {
            site.cli(&["hosts", "set", HOST, "--serial", registered])?;
        }
        let image = site.image(HOST, proxy.port())?;
        let machine = blank_machine(firmware, &site)?.identity(UUID, serial).iso(&image);
        let mut vm = machine.start(&site.dir().join("vm"))?;
        let attempt = installs(&mut vm, HOST)?.attempt;
        vm.reset()?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, attempt);
        vm.stop()?;
        let requests = proxy.exchanges(SCRIPT);
        Ok(requests.first().ok_or("no boot request")?.target.clone())
    }

    /// iPXE expands no text of a board: the server gets its bytes, and the machine is installed.
    fn boards_as_they_are(firmware: Firmware) -> Result<()> {
        let query = board(firmware, None, b"${serial}")?;
        assert!(query.contains("&x=247b73657269616c7d&"), "{query}");
        assert!(query.contains(&format!("&u={UUID}&")), "{query}");
        let mut serial = b"A\"<>&+%'\\\xc3\xff\x1b${net0/ip} ${serial}".to_vec();
        serial.resize(300, b' ');
        let digits: Vec<_> = serial.iter().map(|byte| format!("{byte:02x}")).collect();
        let query = board(firmware, None, &serial)?;
        assert!(query.contains(&format!("&x={}&", digits.concat())), "{query}");
        Ok(())
    }

    fn a_padded_serial_number(firmware: Firmware) -> Result<()> {
        board(firmware, Some("CZJ12345AB"), b"czj12345ab      ").map(drop)
    }

    /// Nobody said which system this host has: the disk that the firmware has first starts, even if
    /// another one has a loader that is better known.
    fn the_firmwares_first_disk_starts(firmware: Firmware) -> Result<()> {
        let mut site =
            super::support::follow::site(&format!("{HOST},{MAC},10.0.2.15/24,,,,local"))?;
        let proxy = started(&mut site)?;
        let disk = |name: &str, loader: &str| {
            Disk::installed(&site.dir().join(name), HOST, name)?.loader(loader)
        };
        let machine = Machine::new(firmware, MAC)
            .disk(&disk("first", "BOOT/BOOTX64.EFI")?)
            .disk(&disk("second", "Microsoft/Boot/bootmgfw.efi")?);
        let image = site.image(HOST, proxy.port())?;
        let mut vm = machine.iso(&image).start(&site.dir().join("vm"))?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, "first");
        vm.stop()
    }

    /// A BIOS does not say which of its disks has a system.
    fn the_third_disk_starts(firmware: Firmware) -> Result<()> {
        let (site, proxy) = site()?;
        let disk = |name: &str| Disk::blank(&site.dir().join(name), 1);
        let machine = Machine::new(firmware, MAC).disk(&disk("one")?).disk(&disk("two")?);
        let third = Disk::installed(&site.dir().join("three"), HOST, "third")?;
        site.cli(&["hosts", "cancel", HOST])?;
        let image = site.image(HOST, proxy.port())?;
        let mut vm = machine.disk(&third).iso(&image).start(&site.dir().join("vm"))?;
        assert_eq!(boots_its_disk(&mut vm, HOST)?, "third");
        vm.stop()
    }

    machines! {
        Ovmf the_firmwares_first_disk_starts_uefi => the_firmwares_first_disk_starts;
        SeaBios the_third_disk_starts_bios => the_third_disk_starts;
        SeaBios boards_as_they_are_bios => boards_as_they_are;
        #[ignore = "long: scripts/test long"]
        Ovmf boards_as_they_are_uefi => boards_as_they_are;
        SeaBios a_padded_serial_number_bios => a_padded_serial_number;
        SeaBios life_of_a_host_bios => life_of_a_host;
        Ovmf life_of_a_host_uefi => life_of_a_host;
        SeaBios life_of_a_host_on_sql_server_bios => life_of_a_host_on_sql_server;
        SeaBios lost_answers_bios => lost_answers;
        #[ignore = "long: scripts/test long"]
        Ovmf lost_answers_uefi => lost_answers;
        SeaBios wrong_secret_bios => wrong_secret;
        Ovmf wrong_secret_uefi => wrong_secret;
        #[ignore = "long: scripts/test long"]
        SeaBios cable_unplugged_bios => cable_unplugged;
        #[ignore = "long: scripts/test long"]
        Ovmf cable_unplugged_uefi => cable_unplugged;
    }
}
