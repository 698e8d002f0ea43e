use super::*;
use crate::host::{Nic, Serial, StaticV4, StaticV6};
use ipnet::{Ipv4Net, Ipv6Net};
use proptest::{collection::btree_map, option, prelude::*};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn problems(text: &str) -> String {
    let fleet = read(text.as_bytes());
    fleet.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_bad_cell_is_named_at_once() {
    let file = "name,mac,address,gateway,dns,vlan,address6,gateway6,profile,site,uuid,serial,labels,first_boot,id,generation,key_id
web1,52:54:00:00:00,10.0.2.15,10.0.2.2,10.0.2.3 x,4095,,,,,,,,,,,
WEB 2,52:54:00:00:00:02,fec0::2/64,,,,,,,,,,,,,,

web3,52:54:00:00:00:03,10.0.2.17/24,10.0.3.1,1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4,,,,,,,,,,,,
web4,52:54:00:00:00:04,10.0.2.18/24,,,,,,../x,lab 1,123,a\x07b,rack,maybe,x,-1,1234
web5,,,10.0.2.2,,,,,,,,,a=1 a=2,,,,
web6,52:54:00:00:00:06
web7,52:54:00:00:00:07,,,,,,,,,,,,,,,
web8,52:54:00:00:00:08,10.0.2.20/24,,,,,,,,,,,install,,3,
";
    insta::assert_snapshot!(problems(file), @r#"
        line 2, mac: `52:54:00:00:00` is not a MAC address: six pairs of hexadecimal digits, joined by `:` or `-` or by nothing
        line 2, address: `10.0.2.15` is not an IPv4 address with its prefix length: write it as 10.0.2.15/24
        line 2, dns: `x` is not the IP address of a name server
        line 2, vlan: `4095` is not a VLAN: write a whole number from 1 to 4094
        line 3, name: `WEB 2` is not a host name: only a-z, 0-9, `-` and `.` are allowed
        line 3, address: `fec0::2/64` is not an IPv4 address with its prefix length: write it as 10.0.2.15/24; put it into the column `address6`
        line 5, gateway: gateway 10.0.3.1 is off-link: it is not in 10.0.2.0/24
        line 5, dns: 4 name servers: at most 3 are allowed
        line 6, profile: `../x` is not a profile name: it must start with a letter or a digit
        line 6, site: `lab 1` is not a site name: only a-z, 0-9, `-`, `_` and `.` are allowed
        line 6, uuid: `123` is not a UUID: write its 32 hexadecimal digits
        line 6, serial: `a\u{7}b` is not a serial number: control characters are not allowed; write them as \x and two digits
        line 6, labels: `rack` is not a label: write it as key=value
        line 6, first_boot: `maybe` is not a first boot: write `install` or `local`
        line 6, id: `x` is not a host id: it must be a UUID
        line 6, generation: `-1` is not an image generation: it must be a whole number from 0 to 4294967295
        line 6, key_id: `1234` is not a key id: it must be eight hexadecimal digits
        line 7, mac: it is empty: a value is required
        line 7, gateway: there is a gateway, but `address` is empty
        line 7, labels: the key of `a=2` is already in this cell
        line 8, address: NIC 52:54:00:00:00:06 has no address: give an IPv4 or an IPv6 address with its prefix length
        line 9, address: NIC 52:54:00:00:00:07 has no address: give an IPv4 or an IPv6 address with its prefix length
        line 10, id: it is empty: give all of `id`, `generation` and `key_id`, or none of them
        line 10, key_id: it is empty: give all of `id`, `generation` and `key_id`, or none of them
    "#);
    assert_eq!(read(file.as_bytes()).hosts, []);
}

#[test]
fn what_may_stand_once_is_named_on_each_row() {
    let file = "name,mac,address,site,serial,id
a,52:54:00:00:00:01,10.0.2.1/24,x,S1,01890000-0000-7000-8000-000000000001
b,52:54:00:00:00:01,10.0.2.2/24,x,,
c,52:54:00:00:00:03,10.0.2.1/25,x,,01890000-0000-7000-8000-000000000001
d,52:54:00:00:00:04,10.0.2.1/24,y,,
e,52:54:00:00:00:05,10.0.2.1/24,,,
d,52:54:00:00:00:06,10.0.9.1/24,z,S1,
";
    insta::assert_snapshot!(problems(file), @r#"
        line 2, mac: MAC 52:54:00:00:00:01 is also in line 3 (host b)
        line 2, address: address 10.0.2.1 of site x is also in line 4 (host c)
        line 2, id: id 01890000-0000-7000-8000-000000000001 is also in line 4 (host c)
        line 3, mac: MAC 52:54:00:00:00:01 is also in line 2 (host a)
        line 4, address: address 10.0.2.1 of site x is also in line 2 (host a)
        line 4, id: id 01890000-0000-7000-8000-000000000001 is also in line 2 (host a)
        line 7, site: it differs from line 5: this row adds a NIC to the host `d` of that line; repeat the value or leave the cell empty
        line 7, serial: it differs from line 5: this row adds a NIC to the host `d` of that line; repeat the value or leave the cell empty
    "#);
    let fleet = read(file.as_bytes());
    assert_eq!(fleet.hosts.len(), 1, "only e, which has no site: {:?}", fleet.hosts);
}

#[test]
fn headers_are_checked() {
    for (file, expected) in [
        ("", "line 1: the file is empty: its first line must name columns"),
        ("\n \n", "line 1: the file is empty"),
        ("name,mac,address,color\n", "line 1: unknown column `color`: the columns are name, mac,"),
        ("name,mac,address,mac\n", "line 1, mac: there are two columns of this name"),
        ("name,address\n", "line 1: the column `mac` is missing"),
        ("name,mac\n", "line 1: the column `address` or `address6` is missing"),
        ("name mac address\n", "line 1: no column is named"),
        ("name,mac,address,VAR.x,var.X\n", "line 1: there are two columns `var.x`"),
        (
            "web1,52:54:00:00:00:01,10.0.2.1/24\n",
            "line 1: no column is named; the first line must name the columns: name, mac,",
        ),
    ] {
        assert!(problems(file).starts_with(expected), "{file:?}: {}", problems(file));
    }
    assert!(read(b"\xff\xfen\0a\0").problems[0].message.contains("UTF-16"));
    assert_eq!(problems("\nADDRESS6, Name ,mac\n"), "");
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = [
            "\u{feff}name,mac,address,labels",
            "",
            "a,x,10.0.2.1/24,",
            "",
            "",
            "b,52:54:00:00:00:01,10.0.2.2/24,\"k=1",
            "l=2\"",
            "c,y,10.0.2.3/24,",
            ",,,",
            "\"",
            "d\",z,10.0.2.4/24,",
        ];
        let fleet = read(lines.join(end).as_bytes());
        let at: Vec<(u64, _)> = fleet.problems.iter().map(|p| (p.line, p.column)).collect();
        let mac = Some("mac");
        assert_eq!(at, [(3, mac), (8, mac), (10, mac)], "{:?}", fleet.problems);
        assert_eq!(fleet.hosts[0].line, 6);
        assert_eq!(fleet.hosts[0].spec.labels.len(), 2);
    }
}

#[test]
fn files_are_taken_as_spreadsheets_write_them() {
    let plain = "name,mac,address,dns,labels,var.disk\n\
        a,52:54:00:00:00:01,10.0.2.1/24,\"10.0.2.3, 10.0.2.4\",k=1 l=2,/dev/sda\n\
        b,5254.0000.0002,10.0.2.2/24,,,\n";
    let wanted = read(plain.as_bytes());
    assert_eq!((wanted.hosts.len(), &wanted.problems), (2, &vec![]));
    assert_eq!(wanted.hosts[0].spec.nics[0].dns.len(), 2);
    let semicolons = "name;mac;address;dns;labels;var.disk\r\n\
        a;52:54:00:00:00:01;10.0.2.1/24;10.0.2.3,10.0.2.4;k=1,l=2;/dev/sda\r\n\
        b;52:54:00:00:00:02;10.0.2.2/24\r\n";
    for file in [
        plain.replace("var.disk", "Var.Disk"),
        plain.replace("/24,,,\n", "/24\n"),
        plain.replace('\n', "\r"),
        plain.replace("disk\n", "disk,,\n").replace("sda\n", "sda,,,\n"),
        plain.replace("mac,", "mac,,").replace("01,", "01, ,").replace("02,", "02,,"),
        format!("sep=,\r\n{plain}"),
        format!("\u{feff}\"sep=,\"\n{plain}"),
        semicolons.to_owned(),
        format!("sep=;\n{semicolons}"),
        semicolons.replace(';', "\t"),
        format!("SEP=|\r{}", semicolons.replace(';', "|")),
    ] {
        let fleet = read(file.as_bytes());
        assert_eq!(fleet.problems, [], "{file}");
        let specs = |fleet: &Fleet| fleet.hosts.iter().map(|h| h.spec.clone()).collect::<Vec<_>>();
        assert_eq!(specs(&fleet), specs(&wanted), "{file}");
    }
}

#[test]
fn what_spreadsheets_spoil_is_named() {
    let file = "sep=,
name,mac,address,gateway,dns,serial,,var.disk
a,52:54:00:00:00:01,010.001.002.033/24,,,,,
b,#N/A,10.0.2.2/24,#REF!,,1.23E+11,,#NAME?
c,52:54:00:00:00:03,10.0.2.3/24,10.0.2.0,224.0.0.1,,,
d,52:54:00:00:00:04,10.0.2.4/24,,10.0.2.2,,stray,
localhost,52:54:00:00:00:05,10.0.2.5/24
";
    insta::assert_snapshot!(problems(file), @r#"
        line 3, address: `010.001.002.033/24`: it has numbers with leading zeros, which some programs read as octal: leave them out
        line 4: var.disk: `#NAME?` is an error of the spreadsheet: correct the cell, or leave it empty
        line 4, mac: `#N/A` is an error of the spreadsheet: correct the cell, or leave it empty
        line 4, gateway: `#REF!` is an error of the spreadsheet: correct the cell, or leave it empty
        line 4, serial: `1.23E+11` is not a serial number, but one that a spreadsheet rounded: format the column as text, and enter it again
        line 5, gateway: gateway 10.0.2.0 is the network address of 10.0.2.0/24, not an address of a router
        line 5, dns: 224.0.0.1 cannot be a name server: it is a group address
        line 6: `stray` stands under no column: a cell with a separator in it needs `"` around it
        line 7, name: `localhost` cannot be the name of a host: each machine calls itself so
    "#);
}

#[test]
fn bytes_and_rows_that_are_no_text_are_named() {
    let fleet = read(b"name,mac,address\na,\xe4,10.0.2.1/24\nb,52:54:00:00:00:01,10.0.2.2/24\n");
    assert_eq!(
        fleet.problems[0].to_string(),
        "line 2, mac: not UTF-8: save the file as \"CSV UTF-8\""
    );
    assert_eq!(fleet.hosts.len(), 1);
    let open = format!("name,mac,address\n\"a,{}", "b,c,d\n".repeat(20_000));
    assert!(problems(&open).starts_with("line 2: the row is longer than 65536 bytes; a `\""));
}

#[test]
fn a_host_with_a_row_that_cannot_be_read_is_left_out() {
    let fleet = read(
        b"name,mac,address\na,52:54:00:00:00:01,10.0.2.1/24\na,52:54:00:00:00:02\n\
        b,\xe4,10.0.2.2/24\nb,52:54:00:00:00:03,10.0.2.3/24\nc,52:54:00:00:00:04,10.0.2.4/24\n",
    );
    assert_eq!(fleet.problems.len(), 2);
    let names: Vec<_> = fleet.hosts.iter().map(|host| host.spec.name.as_str()).collect();
    assert_eq!(names, ["c"], "a and b may lack a NIC");
}

#[test]
fn a_repeated_name_adds_a_nic() {
    let fleet = read(
        b"name,mac,address,vlan,site,first_boot\n\
        web1,52:54:00:00:00:01,10.0.2.1/24,,lab,install\n\
        web2,52:54:00:00:00:02,10.0.2.2/24,,,\n\
        web1,52:54:00:00:00:03,10.0.3.1/24,7,lab,\n",
    );
    assert_eq!(fleet.problems, []);
    assert_eq!(fleet.hosts[0].spec.nics.len(), 2);
    assert_eq!(fleet.hosts[0].first_boot, Some(FirstBoot::Install));
    assert_eq!(read(&write(&fleet.hosts)).hosts[0].spec, fleet.hosts[0].spec);
    let rows = (1..=17).map(|i| format!("a,52:54:00:00:00:{i:02x},10.0.{i}.1/24"));
    let header = "name,mac,address".to_owned();
    let many = std::iter::once(header).chain(rows).collect::<Vec<_>>().join("\n");
    assert_eq!(problems(&many), "line 18, mac: one host has more than 16 NICs");
}

#[test]
fn no_cell_is_a_formula() {
    for serial in ["=1+1", "+1", "-1", "@a", "'=1", "''a", "'a", "a,b", "a'b", "'"] {
        let mut host =
            FleetHost::new(HostSpec::new("a".parse().unwrap(), vec![nic(1, true, true)]));
        host.spec.serial = Some(serial.parse().unwrap());
        let bytes = write([&host]);
        let again = read(&bytes);
        assert_eq!(again.hosts[0].spec, host.spec, "{serial}");
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        for cell in &reader.records().next().unwrap().unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
}

#[test]
fn a_hundred_thousand_hosts_are_read() {
    let specs = (0..100_000)
        .map(|i| HostSpec::new(format!("h{i}").parse().unwrap(), vec![nic(i, true, false)]));
    let hosts: Vec<FleetHost> = specs.map(FleetHost::new).collect();
    let fleet = read(&write(&hosts));
    assert_eq!((fleet.hosts.len(), fleet.problems.len()), (100_000, 0));
}

#[test]
fn problems_are_counted_beyond_their_limit() {
    let file = format!("name,mac,address\n{}", "a,b,c\n".repeat(MAX_PROBLEMS));
    let fleet = read(file.as_bytes());
    assert_eq!((fleet.problems.len(), fleet.more_problems), (MAX_PROBLEMS, MAX_PROBLEMS));
}

/// The `i`-th NIC, with addresses that no other NIC has.
fn nic(i: u32, v4: bool, v6: bool) -> Nic {
    let mac = format!("5254{i:08x}").parse().unwrap();
    let address = Ipv4Addr::from(0x0a00_0000 + 4 * i + 1);
    let v4 = v4.then(|| StaticV4 {
        address: Ipv4Net::new(address, 30).unwrap(),
        gateway: i.is_multiple_of(2).then(|| Ipv4Addr::from(u32::from(address) + 1)),
    });
    let v6 = v6.then(|| StaticV6 {
        address: Ipv6Net::new(Ipv6Addr::from((0xfd << 120) + u128::from(i) + 1), 64).unwrap(),
        gateway: (!i.is_multiple_of(2)).then(|| "fe80::1".parse().unwrap()),
    });
    Nic { v4, v6, ..Nic::new(mac) }
}

/// A name server: any address of `10.0.0.0/8` or `fd00::/8`.
fn server() -> impl Strategy<Value = IpAddr> {
    any::<IpAddr>().prop_map(|address| match address {
        IpAddr::V4(v4) => Ipv4Addr::from(u32::from(v4) >> 8 | 10 << 24).into(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) >> 8 | 0xfd << 120).into(),
    })
}

prop_compose! {
    fn host()(
        site in option::of("[a-z0-9][a-z0-9_.-]{0,20}"),
        uuid in option::of(any::<u128>()),
        serial in option::of("[ -~]{1,64}"),
        labels in btree_map("[a-z0-9][a-z0-9_./-]{0,20}", "[A-Za-z0-9_./:-]{0,20}", 0..3),
        first_boot in option::of(any::<bool>()),
        enrolled in option::of(any::<([u8; 16], u32, [u8; 4])>()),
        values in btree_map("[a-z][a-z0-9_]{0,9}", "[ -~]{1,20}", 0..3),
        nics in prop::collection::vec((any::<bool>(), option::of(1_u16..4095), prop::collection::btree_set(server(), 0..3).prop_map(Vec::from_iter)), 1..4),
    ) -> (Vec<(bool, Option<u16>, Vec<IpAddr>)>, FleetHost) {
        let mut host = FleetHost::new(HostSpec::new("x".parse().unwrap(), Vec::new()));
        host.spec.site = site.map(|site| site.parse().unwrap());
        host.spec.uuid = uuid.map(uuid::Uuid::from_u128);
        host.spec.serial = serial.and_then(|serial| serial.parse::<Serial>().ok());
        host.spec.labels = labels.into_iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect();
        let value = |(name, value): (String, String)| Some((name.parse().ok()?, value.trim().parse().ok()?));
        host.spec.values = values.into_iter().filter_map(value).collect();
        host.first_boot = first_boot.map(|yes| if yes { FirstBoot::Install } else { FirstBoot::Local });
        host.id = enrolled.map(|(id, _, _)| HostId::from_bytes(id));
        host.generation = enrolled.map(|(_, generation, _)| ImageGeneration(generation));
        host.key_id = enrolled.map(|(_, _, key)| KeyId::from_bytes(key));
        (nics, host)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(drafts in prop::collection::vec(host(), 0..6)) {
        let mut count = 0;
        let mut hosts: Vec<FleetHost> = Vec::new();
        let mut line = 2;
        for (nics, mut host) in drafts {
            host.spec.name = format!("h{}", hosts.len()).parse().unwrap();
            host.line = line;
            for (v4, vlan, dns) in nics {
                count += 1;
                line += 1;
                let vlan = vlan.map(|vlan| vlan.try_into().unwrap());
                let mut nic = Nic { vlan, dns, ..nic(count, v4, !v4) };
                nic.mtu = vlan.map(|_| 9000.try_into().unwrap());
                let gateway = nic.v4.as_ref().and_then(|v4| v4.gateway);
                let route = gateway.map(|via| format!("192.0.2.0/24={via}").parse().unwrap());
                nic.routes = route.into_iter().collect();
                host.spec.nics.push(nic);
            }
            let first = host.spec.nics.first().unwrap().mac;
            host.spec.bonds = vec![format!("802.3ad@7={first}").parse().unwrap()];
            hosts.push(host);
        }
        let fleet = read(&write_enrolment(&hosts));
        prop_assert_eq!(&fleet.problems, &[]);
        prop_assert_eq!(fleet.hosts, hosts);
    }

    #[test]
    fn any_bytes_are_answered(bytes in any::<Vec<u8>>(), rows in "[a-z0-9:./,\"\r\n ;=]{0,300}") {
        read(&bytes);
        read(&[b"name,mac,address\n".as_slice(), &bytes].concat());
        read(format!("name,mac,address,labels\n{rows}").as_bytes());
    }
}

#[test]
fn networks_of_the_installed_system_and_variables_are_read() {
    let file = "name,mac,address,mtu,routes,bonds,var.disk\n\
        web1,52:54:00:00:00:01,10.0.2.15/24,9000,10.1.0.0/16=10.0.2.2 10.2.0.0/16=10.0.2.3,\
        active-backup=52:54:00:00:00:01+52:54:00:00:00:02,/dev/vda\n\
        web1,52:54:00:00:00:02,10.0.2.16/24,,,,\n";
    let fleet = read(file.as_bytes());
    assert_eq!(fleet.problems, []);
    let spec = &fleet.hosts[0].spec;
    assert_eq!((spec.nics[0].routes.len(), spec.bonds[0].members.len()), (2, 2));
    assert_eq!(spec.values[&"disk".parse().unwrap()].as_str(), "/dev/vda");
    for (row, problem) in [
        ("9217,,,", "line 2, mtu: `9217` is not an MTU"),
        (",10.1.0.0/16,,", "line 2, routes: `10.1.0.0/16` is not a route"),
        (
            ",10.1.0.0/16=10.0.3.2,,",
            "line 2, routes: the route to 10.1.0.0/16 goes through 10.0.3.2",
        ),
        (
            ",,802.3ad=52:54:00:00:00:09,",
            "line 2, bonds: a bond uses NIC 52:54:00:00:00:09, which is not",
        ),
        (",,lacp=x,", "line 2, bonds: `lacp=x` is not a bond"),
    ] {
        let file = format!(
            "name,mac,address,mtu,routes,bonds,var.a\nweb1,52:54:00:00:00:01,10.0.2.15/24,{row}\n"
        );
        assert!(problems(&file).starts_with(problem), "{}", problems(&file));
    }
    let other = "name,mac,address,var.a\nx,52:54:00:00:00:01,10.0.2.15/24,1\nx,52:54:00:00:00:02,10.0.2.16/24,2\n";
    assert_eq!(
        problems(other),
        "line 3: the value of a variable differs from line 2: repeat it or leave the cell empty"
    );
    assert!(problems("name,mac,address,var.1\n").contains("is not a variable name"));
    assert!(problems("name,mac,address,var.a,var.a\n").contains("there are two columns `var.a`"));
}
