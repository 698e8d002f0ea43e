//! Profiles of a folder: their variables, secrets, previews and what their change would change.

use crate::operator::Operator;
use insta::assert_snapshot;
use serde_json::json;

const PROFILE: &str = r#"
name = "own"
title = "Own"
script = "boot.hbs"
proof = "validated"

[terms]
firmware = ["uefi"]

[[answers]]
name = "user-data"
template = "user-data.hbs"
syntax = "yaml"

[variables.disk]
type = "text"
title = "Disk"
default = "/dev/vda"

[variables.packages]
type = "name"
title = "Packages"
list = true

[variables.root_password]
type = "password"
title = "Password of root"
required = true
"#;

const USER_DATA: &str = "#cloud-config
hostname: {{host.name}}
disk: {{vars.disk}}
{{#if vars.packages}}
packages: {{vars.packages}}
{{/if}}
password: {{vars.root_password}}
";

/// With the profile `own`, which `web1` and `db1` have.
fn operator() -> Operator {
    let operator = Operator::with_hosts();
    operator.file("profiles/own/profile.toml", PROFILE.as_bytes());
    operator.file("profiles/own/boot.hbs", b"#!ipxe\necho {{host.name}}\nexit 1\n");
    operator.file("profiles/own/user-data.hbs", USER_DATA.as_bytes());
    operator.file("c.toml", b"profile_dirs = ['profiles']\n");
    operator.ok(&["profiles", "apply", "profiles/own"]);
    operator.ok(&["hosts", "cancel", "web1"]);
    for host in ["web1", "db1"] {
        operator.ok(&["hosts", "set", host, "--profile", "own", "--config", "c.toml"]);
    }
    operator
}

fn with(operator: &Operator, arguments: &[&str]) -> String {
    operator.ok(&[arguments, &["--config", "c.toml"]].concat())
}

fn fails(operator: &Operator, arguments: &[&str]) -> String {
    operator.fails(&[arguments, &["--config", "c.toml"]].concat())
}

#[test]
fn a_profile_is_shown_with_its_variables() {
    let operator = operator();
    let listed = with(&operator, &["profiles", "list"]);
    let proof = |name| {
        let row = listed.lines().find(|row| row.starts_with(name)).unwrap();
        row.split_whitespace().nth(2).unwrap().to_owned()
    };
    assert_eq!((proof("own"), proof("tiny")), ("validated".to_owned(), "installed".to_owned()));
    assert_snapshot!("shown", with(&operator, &["profiles", "show", "own"]));
    assert!(
        fails(&operator, &["profiles", "show", "other"]).contains("see `ipxe-orch profiles list`")
    );
}

#[test]
fn a_host_is_marked_once_its_variables_fit() {
    let operator = operator();
    let missing = fails(&operator, &["hosts", "mark", "web1"]);
    assert!(missing.contains("`root_password` (Password of root) is missing"), "{missing}");
    assert!(missing.contains("`ipxe-orch hosts set web1`"), "{missing}");
    let plain = fails(&operator, &["hosts", "set", "web1", "--var", "root_password=geheim"]);
    assert!(plain.contains("is secret") && !plain.contains("geheim"), "{plain}");
    operator.file("pw", b"geheim\n");
    with(
        &operator,
        &["hosts", "set", "web1", "--secret", "root_password=@pw", "--var", "disc=/dev/sda"],
    );
    let unknown = fails(&operator, &["hosts", "mark", "web1"]);
    assert!(
        unknown.contains("no variable `disc`: it has disk, packages, root_password"),
        "{unknown}"
    );
    let set = ["hosts", "set", "web1", "--unset-var", "disc", "--var", "packages=vim,-x"];
    with(&operator, &set);
    let wrong = fails(&operator, &["hosts", "mark", "web1"]);
    assert!(wrong.contains("`packages` has a wrong value: it must be a list"), "{wrong}");
    with(&operator, &["hosts", "set", "web1", "--var", "packages=vim,curl"]);
    with(&operator, &["hosts", "mark", "web1"]);
}

#[test]
fn a_host_with_a_network_that_the_installer_lacks_is_not_marked() {
    let operator = operator();
    let lacks = PROFILE.replace("[terms]", "lacks = ['vlan', 'bond']\n\n[terms]");
    operator.file("profiles/own/profile.toml", lacks.as_bytes());
    operator.ok(&["profiles", "apply", "profiles/own"]);
    operator.file("pw", b"geheim\n");
    let bond = ["--bond", "802.3ad=52:54:00:00:00:01"];
    let mut set = vec!["hosts", "set", "web1", "--secret", "root_password=@pw"];
    set.extend(bond);
    with(&operator, &set);
    let refused = fails(&operator, &["hosts", "mark", "web1"]);
    assert!(refused.contains("host web1, profile own: it cannot set up a bond"), "{refused}");
    assert!(!refused.contains("tagged"), "{refused}");
}

#[test]
fn secrets_are_not_shown_but_where_they_are_asked_for() {
    let operator = operator();
    operator.file("pw", b"geheim\n");
    with(&operator, &["hosts", "set", "web1", "--secret", "root_password=@pw"]);
    let shown = with(&operator, &["hosts", "show", "web1"]);
    assert!(shown.contains("root_password=(secret)"), "{shown}");
    let all = [
        shown,
        with(&operator, &["hosts", "show", "web1", "--json"]),
        with(&operator, &["hosts", "list", "--json"]),
        with(&operator, &["hosts", "export", "-"]),
        with(&operator, &["audit", "list", "--json"]),
        with(&operator, &["profiles", "preview", "--host", "web1"]),
    ];
    for text in &all {
        assert!(
            !["geheim", "$6$", "sealed:v1:"].iter().any(|secret| text.contains(secret)),
            "{text}"
        );
    }
    assert_snapshot!("preview", all[5]);
    let file = ["profiles", "preview", "--host", "web1", "--file", "user-data", "--secrets"];
    let open = with(&operator, &file);
    assert!(open.contains("password: \"$6$"), "{open}");
    let audit = with(&operator, &["audit", "list", "--json", "--host", "web1"]);
    assert!(audit.contains("profile.preview") && audit.contains("with secrets"), "{audit}");
    let wrong = fails(&operator, &["profiles", "preview", "--host", "web1", "--file", "x"]);
    assert!(wrong.contains("there are script, user-data"), "{wrong}");
}

#[test]
fn secrets_survive_export_rotation_and_sealing() {
    let operator = operator();
    operator.file("pw", b"geheim\n");
    with(&operator, &["hosts", "set", "web1", "--secret", "root_password=@pw", "--var", "disk==x"]);
    with(&operator, &["hosts", "export", "out.csv"]);
    let again = operator.json(&["hosts", "import", "out.csv", "--config", "c.toml"]);
    assert_eq!((&again["unchanged"], &again["changed"]), (&json!(2), &json!(0)), "{again}");
    let file = ["profiles", "preview", "--host", "web1", "--file", "user-data", "--secrets"];
    let before = with(&operator, &file);
    with(&operator, &["keys", "rotate", "--purpose", "master"]);
    assert_eq!(with(&operator, &file), before, "earlier keys still count");
    assert!(with(&operator, &["keys", "reseal"]).contains("secrets of 1 hosts"));
    assert!(with(&operator, &["keys", "reseal"]).contains("secrets of 0 hosts"));
    assert_eq!(with(&operator, &file), before);
    let masked = ["hosts", "set", "db1", "--var", "root_password=(secret)"];
    assert!(fails(&operator, &masked).contains("which stands for a secret"));
    let argv = operator.run(&["hosts", "set", "db1", "--secret", "root_password=geheim"]);
    assert_eq!(argv.code, Some(2), "a secret on the command line is refused");
    assert!(argv.stderr.contains("NAME=@FILE"), "{argv:?}");
}

#[test]
fn values_are_set_for_many_hosts_at_once() {
    let operator = operator();
    operator.file("pw", b"geheim\n");
    with(&operator, &["hosts", "set", "db1", "--site", "muc", "--var", "packages=vim"]);
    let secret = ["profiles", "set", "own", "--secret", "root_password=@pw"];
    assert_snapshot!("set", with(&operator, &secret));
    let mut site = vec!["profiles", "set", "own", "--site", "muc", "--var", "disk=/dev/sdb"];
    site.extend(["--var", "packages=curl", "--reason", "new racks"]);
    let set = operator.json(&[&site[..], &["--config", "c.toml"]].concat());
    let values = json!({ "disk": "/dev/sdb", "packages": "curl" });
    assert_eq!(set, json!({ "profile": "own", "site": "muc", "values": values }));
    assert_snapshot!("values", with(&operator, &["profiles", "show", "own"]));
    let shown = with(&operator, &["hosts", "show", "db1"]);
    for line in
        ["packages=vim\n", "disk=/dev/sdb, of own at muc", "root_password=(secret), of own\n"]
    {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let json = operator.json(&["hosts", "show", "db1", "--config", "c.toml"]);
    assert_eq!(json["inherited"][0]["variable"], "disk");
    for host in ["web1", "db1"] {
        with(&operator, &["hosts", "mark", host]);
    }
    let again = operator.run(&[&site[..5], &["--unset", "disk", "--config", "c.toml"]].concat());
    assert!(again.stderr.contains("1 of them are marked"), "{again:?}");
    let audit = with(&operator, &["audit", "list", "--json"]);
    assert!(
        audit.contains("own at muc: +disk +packages") && audit.contains("new racks"),
        "{audit}"
    );
    assert!(!audit.contains("geheim") && !audit.contains("sealed:"), "{audit}");
    for (wrong, why) in [
        (vec!["profiles", "set", "own"], "nothing to set"),
        (vec!["profiles", "set", "own", "--var", "disc=x"], "see `ipxe-orch profiles show own`"),
        (vec!["profiles", "set", "other", "--var", "disk=x"], "there is no profile other"),
    ] {
        assert!(operator.run(&[&wrong[..], &["--config", "c.toml"]].concat()).stderr.contains(why));
    }
}

#[test]
fn a_change_is_shown_with_the_hosts_that_it_meets() {
    let operator = operator();
    operator.file("pw", b"geheim\n");
    for host in ["web1", "db1"] {
        with(&operator, &["hosts", "set", host, "--secret", "root_password=@pw"]);
    }
    assert!(with(&operator, &["profiles", "diff", "profiles"]).contains("own: nothing changes"));
    operator.file("new/own/profile.toml", PROFILE.replace("/dev/vda", "/dev/sda").as_bytes());
    operator.file("new/own/boot.hbs", b"#!ipxe\necho {{host.name}}\nexit 1\n");
    operator.file("new/own/user-data.hbs", USER_DATA.as_bytes());
    assert_snapshot!("diff", with(&operator, &["profiles", "diff", "new/own"]));
    with(&operator, &["hosts", "set", "db1", "--var", "disk=/dev/sdb"]);
    let diff = operator.json(&["profiles", "diff", "new", "--config", "c.toml"]);
    assert_eq!(diff[0]["groups"][0]["hosts"], json!(["web1"]), "{diff}");
}

/// With the line, the remedy and the sample; a warning is shown, and stops nothing.
#[test]
fn a_script_that_could_strand_a_machine_is_not_stored() {
    let operator = operator();
    let warned =
        b"#!ipxe\n:a\nkernel --timeout 9 k || exit 1\nimgfetch --timeout 9 t/x/claim || exit 1\n\
        imgfetch --timeout 9 x ||\nboot ||\n:a\n";
    operator.file("profiles/own/boot.hbs", warned);
    let lint = with(&operator, &["profiles", "lint", "profiles"]);
    assert_snapshot!("warnings", lint);
    with(&operator, &["profiles", "apply"]);
    operator.file("profiles/own/boot.hbs", b"#!ipxe\n:again\ngoto again\n");
    let ran = operator.run(&["profiles", "lint", "profiles"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_snapshot!("stranded", ran.stdout);
    assert_snapshot!("not_stored", fails(&operator, &["profiles", "apply"]));
}

#[test]
fn templates_that_could_break_a_boot_are_found() {
    let operator = operator();
    let all = with(&operator, &["profiles", "lint"]);
    assert!(all.lines().all(|line| line.ends_with(": nothing is wrong")), "{all}");
    assert!(all.contains("tiny: ") && all.contains("own: "), "{all}");
    operator
        .file("profiles/own/boot.hbs", b"#!ipxe\n{{vars.root_password}}\necho {{nic.gateway}}\n");
    operator.file("profiles/own/user-data.hbs", b"a: '{{vars.disk}}'\nb: x {{host.name}}\n");
    let ran = operator.run(&["profiles", "lint", "profiles"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_snapshot!("lint", ran.stdout);
}

/// What is read is what is stored: a changed folder changes nothing until it is applied.
#[test]
fn reading_never_stores_a_profile() {
    let operator = operator();
    let version = |operator: &Operator| {
        let shown = operator.json(&["profiles", "show", "own", "--config", "c.toml"]);
        shown["version"].as_str().unwrap().to_owned()
    };
    let before = version(&operator);
    operator.file("profiles/own/boot.hbs", b"#!ipxe\necho changed\nexit 1\n");
    for reading in [
        &["profiles", "list"][..],
        &["profiles", "diff", "profiles"],
        &["hosts", "show", "web1"],
        &["hosts", "import", "fleet.csv", "--dry-run"],
    ] {
        with(&operator, reading);
    }
    assert_eq!(version(&operator), before);
    let applied = with(&operator, &["profiles", "apply", "profiles"]);
    assert!(applied.starts_with("stored own, version "), "{applied}");
    assert_ne!(version(&operator), before);
    assert_eq!(with(&operator, &["profiles", "apply", "profiles"]), "");
}

/// A folder that somebody is still writing stops neither marks nor images; the stored version stays.
#[test]
fn an_unfinished_folder_stops_nobody() {
    let operator = operator();
    operator.file("pw", b"geheim\n");
    operator.file("profiles/half/profile.toml", b"name = 'half");
    with(&operator, &["hosts", "set", "web1", "--secret", "root_password=@pw"]);
    with(&operator, &["hosts", "mark", "web1"]);
    let refused = fails(&operator, &["profiles", "apply"]);
    assert!(refused.contains("profiles/half/profile.toml"), "{refused}");
}

#[test]
fn a_profile_is_exported_and_applied_again() {
    let operator = operator();
    with(&operator, &["profiles", "export", "tiny", "copies"]);
    assert_eq!(with(&operator, &["profiles", "apply", "copies"]), "", "it is the same");
    let again = fails(&operator, &["profiles", "export", "tiny", "copies"]);
    assert!(again.contains("copies/tiny is there already"), "{again}");
    let unknown = fails(&operator, &["profiles", "export", "absent", "copies"]);
    assert!(unknown.contains("there is no profile absent"), "{unknown}");
}

#[test]
fn a_profile_that_nobody_has_applied_names_the_remedy() {
    let operator = Operator::with_hosts();
    let profile = b"name = 'own'\ntitle = 'Own'\nscript = 'boot'\n";
    operator.file("config/profiles/own/profile.toml", profile);
    operator.file("config/profiles/own/boot", b"#!ipxe\nexit 0\n");
    let rows = "name,mac,address,profile\nweb1,52:54:00:00:00:01,10.0.2.15/24,own\n\
                db1,52:54:00:00:00:02,10.0.2.16/24,none\n";
    operator.file("fleet.csv", rows.as_bytes());
    let all = [
        operator.fails(&["hosts", "set", "web1", "--profile", "own"]),
        operator.fails(&["hosts", "set", "web1", "--profile", "none"]),
        operator.fails(&["profiles", "set", "own", "--var", "disk=x"]),
        operator.fails(&["profiles", "show", "own"]),
        operator.fails(&["hosts", "import", "fleet.csv", "--yes"]),
    ];
    insta::assert_snapshot!("not_applied", all.concat());
    operator.ok(&["profiles", "apply"]);
    operator.ok(&["hosts", "set", "web1", "--profile", "own"]);
}
