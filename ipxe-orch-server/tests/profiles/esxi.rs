//! ESXi.

use crate::texts::{render, try_render, v4, vlan};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn vars() -> Value {
    json!({"root_password": "$6$saltsalt$hash"})
}

#[test]
fn the_loader_and_the_installer_get_a_static_address() {
    assert_snapshot!("esxi_script", render("esxi-8", "script", &vlan(), &vars()));
    let more = json!({"root_password": "$6$saltsalt$hash", "disk": "mpx.vmhba0:C0:T0:L0",
        "ntp": ["10.0.2.4"], "ssh": true, "overwrite_vmfs": true});
    assert_snapshot!("esxi_ks", render("esxi-8", "ks.cfg", &v4(), &more));
}

#[test]
fn no_value_adds_an_option_or_a_line() {
    for hostile in ["x --overwritevmfs", "' --x '", "a # b", "$(reboot)", "`reboot`"] {
        let vars = json!({"root_password": "$6$s$h", "disk": hostile});
        let text = render("esxi-8", "ks.cfg", &v4(), &vars);
        let line = text.lines().find(|line| line.starts_with("install ")).unwrap();
        let quoted = format!("--disk='{}' --preservevmfs", hostile.replace('\'', "'\"'\"'"));
        assert_eq!(line, format!("install {quoted}"));
    }
    let vars = json!({"root_password": "$6$s$h", "disk": "a\n%pre\nreboot"});
    assert!(try_render("esxi-8", "ks.cfg", &v4(), &vars).is_err());
}
