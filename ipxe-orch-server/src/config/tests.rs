use super::*;
use std::fs;

fn load(file: &str, variables: &[(&'static str, &str)], flags: Layer) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, file).unwrap();
    Config::load(Some(&path), flags, &Environment::of(variables))
        .map_err(|error| error.to_string().replace(folder.path().to_str().unwrap(), ""))
}

#[test]
fn the_nearest_origin_counts() {
    let file = "listen = '10.0.0.1:1'\nbase_path = '/file'\n[log]\njson = true\n";
    let variables = [("IPXE_ORCH_BASE_PATH", "/env"), ("IPXE_ORCH_LISTEN", "10.0.0.2:2")];
    let flags = Layer { listen: Some(vec!["10.0.0.3:3".parse().unwrap()]), ..Layer::default() };
    let config = load(file, &variables, flags).unwrap();
    assert_eq!((config.listen.value[0].address.port(), config.listen.set_by), (3, SetBy::Flag));
    assert_eq!(
        (config.base_path.value.as_str(), config.base_path.set_by),
        ("/env", SetBy::Environment)
    );
    assert_eq!((config.log_json.value, config.log_json.set_by), (true, SetBy::File));
    assert_eq!(config.log_level.set_by, SetBy::Default);
}

#[test]
fn a_variable_counts_for_every_setting() {
    let variables = [
        ("IPXE_ORCH_EVENTS_KEEP_DAYS", "7"),
        ("IPXE_ORCH_EVENTS_KEEP_ROWS", "1000"),
        ("IPXE_ORCH_TRUSTED_PROXIES", "10.0.0.0/8"),
    ];
    let config = load("[events]\nkeep_days = 8\n", &variables, Layer::default()).unwrap();
    assert_eq!((config.events_keep_days.value, config.events_keep_rows.value), (7, 1000));
    assert_eq!(config.trusted_proxies.set_by, SetBy::Environment);
}

/// What serde says of an unknown field: all that it knows.
fn known_to_the_file(section: &str) -> Vec<String> {
    let file = format!("{section}\nno_such_field = 1\n");
    let error = load(&file, &[], Layer::default()).unwrap_err();
    let (_, known) = error.split_once("expected ").unwrap();
    let names = known.split('`').skip(1).step_by(2);
    names.map(ToOwned::to_owned).collect()
}

const SECTIONS: [&str; 4] = ["audit", "connections", "events", "log"];

#[test]
fn the_table_has_every_setting_of_the_file_in_its_order() {
    let mut known = known_to_the_file("");
    // Directories are tables of the file alone.
    known.retain(|name| !SECTIONS.contains(&name.as_str()) && name != "directory");
    for section in SECTIONS {
        let fields = known_to_the_file(&format!("[{section}]"));
        // Sinks are tables of the file alone.
        let fields = fields.iter().filter(|name| *name != "forward");
        known.extend(fields.map(|name| format!("{section}.{name}")));
    }
    let table: Vec<_> = table::SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(table, known);
}

/// A setting is read and shown under its own name: each example is loaded from the file and from
/// the variable.
#[test]
fn each_example_counts_for_its_setting_alone() {
    for setting in table::SETTINGS {
        let file = format!("{} = {}\n", setting.name, setting.example);
        let value: toml::Table = toml::from_str(&format!("x = {}", setting.example)).unwrap();
        let joined = |values: &Vec<toml::Value>, by: &str| {
            values.iter().map(|value| value.as_str().unwrap()).collect::<Vec<_>>().join(by)
        };
        let text = match (&value["x"], setting.form) {
            (toml::Value::String(text), _) => text.clone(),
            (toml::Value::Array(values), table::Form::Paths(_)) => joined(values, ":"),
            (toml::Value::Array(values), _) => joined(values, ","),
            (other, _) => other.to_string(),
        };
        let from_file = load(&file, &[], Layer::default()).unwrap();
        let from_variable = load("", &[(setting.variable, &text)], Layer::default()).unwrap();
        for (config, origin) in [(from_file, "file"), (from_variable, "environment")] {
            let shown = config.shown();
            let set: Vec<_> = shown.iter().filter(|other| other.from == origin).collect();
            let [set] = set[..] else { panic!("{origin} of {}: {shown:?}", setting.name) };
            assert_eq!(set.name, setting.name);
            assert_eq!(set.value, serde_json::to_value(&value["x"]).unwrap(), "{origin}");
        }
    }
}

#[test]
fn without_a_data_dir_keys_stand_beside_the_database_that_was_named() {
    let with = |variables: &[(&'static str, &str)]| load("", variables, Layer::default()).unwrap();
    let config = with(&[("IPXE_ORCH_DATABASE", "sqlite:///srv/x/y.db")]);
    assert_eq!(config.data_dir.value, Path::new("/srv/x"));
    let config = with(&[("IPXE_ORCH_DATABASE", "sqlite://y.db")]);
    assert_eq!(config.data_dir.value, Path::new("."));
    let config = with(&[("IPXE_ORCH_DATA_DIR", "/data")]);
    assert_eq!(config.database.value.to_string(), "sqlite:///data/ipxe-orch.db");
    assert_eq!(config.media_dir.value, Path::new("/data/media"));
    let config = with(&[("HOME", "/home/ann")]);
    assert_eq!(config.data_dir.value, Path::new("/home/ann/.local/state/ipxe-orch"));
    let config = with(&[("HOME", "/home/ann"), ("XDG_STATE_HOME", "/state")]);
    assert_eq!(config.data_dir.value, Path::new("/state/ipxe-orch"));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let error = load("listen = '127.0.0.1:80'\nlisten_on = 'x'\n", &[], Layer::default());
    let error = error.unwrap_err();
    assert!(error.contains("line 2") && error.contains("listen_on"), "{error}");
    let variables = [("IPXE_ORCH_DATABASE", "mysql://u:p@db/x")];
    let error = load("", &variables, Layer::default()).unwrap_err();
    assert!(error.starts_with("the environment variable IPXE_ORCH_DATABASE: "), "{error}");
    assert!(error.contains("`mysql://…` is not"), "the scheme alone is shown: {error}");
}

/// A password that was put into any setting, in any form, is not repeated.
#[test]
fn no_error_repeats_a_value() {
    let databases = [
        "mysql://ann:geheim@db/x",
        "mysql:ann:geheim@db/x",
        "ann:geheim@db",
        "geheim",
        "sqlite:geheim",
        "sqlite:///a?password=geheim",
        "sqlite://geheim/",
        "Server=db;User Id=sa;Password=geheim;",
        "mysql://db/x?password=geheim",
        "geheim://db",
    ];
    for url in databases {
        let error = url.parse::<Database>().unwrap_err().to_string();
        assert!(!error.contains("geheim") || url.starts_with("geheim:"), "{error}");
        let error = load("", &[("IPXE_ORCH_DATABASE", url)], Layer::default()).unwrap_err();
        assert!(!error.contains("geheim") || url.starts_with("geheim:"), "{error}");
    }
    let url = "http://ann:geheim@10.0.0.1";
    for setting in table::SETTINGS {
        for value in [
            &format!("'{url}'"),
            &format!("['{url}']"),
            "'geheim'",
            "geheim",
            "{ geheim = 'geheim' }",
            "'geheim",
        ] {
            let file = format!("{} = {value}\n", setting.name);
            let Err(error) = load(&file, &[], Layer::default()) else { continue };
            let named = error.contains("unknown field");
            assert!(named || !error.contains("geheim"), "{file}: {error}");
            assert!(error.contains(" is wrong: line 1, column "), "{error}");
        }
    }
    for setting in table::SETTINGS {
        let Err(error) = load("", &[(setting.variable, url)], Layer::default()) else { continue };
        assert!(!error.contains("geheim"), "{}: {error}", setting.variable);
    }
    let servers = load("", &[("IPXE_ORCH_SERVER_URLS", url)], Layer::default()).unwrap_err();
    assert!(!servers.contains("geheim") && servers.contains("10.0.0.1"), "{servers}");
}

#[test]
fn paths_of_the_file_are_counted_from_its_folder() {
    let config = load("media_dir = 'media'\nprofile_dirs = ['/a', 'b']", &[], Layer::default());
    let config = config.unwrap();
    let folder = config.file.unwrap().parent().unwrap().to_owned();
    assert_eq!(config.media_dir.value, folder.join("media"));
    assert_eq!(config.profile_dirs.value, ["/a".into(), folder.join("b")]);
}

#[test]
fn the_log_is_raised_from_where_it_was_set() {
    let raised = |file: &str, steps| {
        let mut config = load(file, &[], Layer::default()).unwrap();
        config.log_more(steps);
        (config.log_level.value.to_string(), config.log_level.set_by)
    };
    assert_eq!(raised("", 0), ("warn".to_owned(), SetBy::Default));
    assert_eq!(raised("", 1), ("info".to_owned(), SetBy::Flag));
    assert_eq!(raised("log.level = 'off'", 1).0, "error");
    assert_eq!(raised("log.level = 'info'", 2).0, "trace");
    assert_eq!(raised("log.level = 'info'", 200).0, "trace");
}

#[test]
fn values_that_cannot_be_are_refused() {
    for bad in
        ["", "x.db", "mysql://a", "oracle://a/b", "sqlite://", "sqlite:///a/", "sqlite://a?mode=ro"]
    {
        assert!(bad.parse::<Database>().is_err(), "{bad}");
    }
}
