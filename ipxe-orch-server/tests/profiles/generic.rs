//! Any Linux kernel, rescue systems, disks of the network.

use crate::texts::{MAC, render, v4, v6, vlan};
use insta::assert_snapshot;
use ipxe_orch_core::profile::Reports;
use serde_json::json;

#[test]
fn a_kernel_gets_its_network_and_the_address_of_its_attempt() {
    let vars = json!({"arguments": ["quiet", "console=ttyS0"]});
    assert_snapshot!("linux", render("linux", "script", &v4(), &vars));
    let line = |nics, vars| {
        let script = render("linux", "script", &nics, &vars);
        script
            .lines()
            .filter(|line| line.contains("set net-arguments"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(line(v6(), json!({})), @"set net-arguments BOOTIF=01-52-54-00-12-34-56 ip=[fec0::15]::[fec0::2]:64:web1::none nameserver=fec0::3");
    assert_snapshot!(line(vlan(), json!({"interface": "orch0"})), @"set net-arguments ifname=orch0:52:54:00:12:34:56 vlan=orch0.123:orch0 ip=10.0.2.15::10.0.2.2:255.255.255.0:web1:orch0.123:none");
    let two = json!([{"mac": MAC, "v4": {"address": "10.0.2.15/24"}},
        {"mac": "52:54:00:12:34:57", "v4": {"address": "10.0.3.15/24"}}]);
    assert_snapshot!(line(two, json!({})), @r"
    set net-arguments BOOTIF=01-52-54-00-12-34-56 ip=10.0.2.15:::255.255.255.0:web1::none
    iseq ${orch-mac} 52:54:00:12:34:57 && set net-arguments BOOTIF=01-52-54-00-12-34-57 ip=10.0.3.15:::255.255.255.0:web1::none ||
    ");
}

#[test]
fn a_rescue_system_is_told_where_its_files_are_and_never_reports() {
    let vars = json!({"live_argument": "fetch=", "arguments": ["boot=live"]});
    assert_snapshot!("rescue", render("rescue", "script", &v4(), &vars));
    for name in ["rescue", "sanboot", "sanboot-iscsi"] {
        let version = crate::texts::profile(name);
        assert_eq!(version.profile().terms.reports, Reports::None, "{name}");
        assert_eq!(version.profile().answers.len(), 0, "{name}");
    }
}

#[test]
fn disks_of_the_network_are_attached_before_the_claim() {
    assert_snapshot!("sanboot", render("sanboot", "script", &v4(), &json!({})));
    let uri = json!({"uri": "iscsi:192.0.2.9::::iqn.2026-01.test.example:disk1"});
    let script = render("sanboot-iscsi", "script", &v4(), &uri);
    assert!(script.contains("\nsanhook --no-describe iscsi:192.0.2.9::::iqn."), "{script}");
}
