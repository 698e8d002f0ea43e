//! The table of all settings. The loader, `config show`, `config init` and `docs/CONFIGURATION.md`
//! all use it.
//!
//! To add a setting: a field in [`Layer`](super::Layer) and in [`Config`], its default in
//! `Config::resolve`, and an entry here. Then run `cargo run -p ipxe-orch-server --example
//! config-doc`.

use super::{
    Config, ConfigError, ConnectionsLayer, EventsLayer, Layer, LogLayer,
    environment::Variable,
    show::{Shown, shown},
};

/// Everything about one setting.
pub(super) struct Spec {
    /// Its name in the file. A dot separates the section and the field.
    pub(super) name: &'static str,
    /// The variable that sets it.
    pub(super) variable: &'static str,
    /// The option that sets it, and its command if only one command has the option.
    pub(super) option: Option<&'static str>,
    /// What it is, in one phrase.
    pub(super) summary: &'static str,
    /// What else people must know, in sentences. It may be empty.
    pub(super) details: &'static str,
    /// What a value looks like, with its unit.
    pub(super) form: Form,
    /// The default in words, if it depends on something. Otherwise the value is shown.
    pub(super) default: Option<&'static str>,
    /// An example of a value, as TOML.
    pub(super) example: &'static str,
    /// The layer with what the variable says.
    pub(super) read: fn(&Variable<'_>, Layer) -> Result<Layer, ConfigError>,
    /// The value that counts.
    pub(super) shown: fn(&Config) -> Shown,
}

/// What a value looks like.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// One value: what it is.
    One(&'static str),
    /// Several values, joined by commas or spaces in the variable.
    Several(&'static str),
    /// Several paths, joined by `:` in the variable.
    Paths(&'static str),
}

impl Spec {
    /// The section of the file, empty for the top, and the name within it.
    pub(super) fn place(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or(("", self.name))
    }

    /// The setting of this name.
    #[cfg(feature = "cli")]
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// The default, for people.
    pub(super) fn default_text(&self, defaults: &Config) -> String {
        self.default.map_or_else(|| (self.shown)(defaults).text(), str::to_owned)
    }
}

/// All settings. Those without a section come first, then section by section.
pub(super) static SETTINGS: &[Spec] = &[
    Spec {
        name: "data_dir",
        variable: "IPXE_ORCH_DATA_DIR",
        option: Some("--data-dir"),
        summary: "Folder with the keys and the other files of the server",
        details: "Back up the keys separately from the database: anyone who has both can read \
                  every secret.",
        form: Form::One("path of a folder"),
        default: Some(
            "the folder of the database if that is given, else /var/lib/ipxe-orch, or \
             ~/.local/state/ipxe-orch if not root",
        ),
        example: "\"/var/lib/ipxe-orch\"",
        read: |from, layer| Ok(Layer { data_dir: from.path(), ..layer }),
        shown: |config| shown(&config.data_dir),
    },
    Spec {
        name: "database",
        variable: "IPXE_ORCH_DATABASE",
        option: Some("--database"),
        summary: "Where hosts, marks and the audit are kept, as sqlite:///path/to/file.db or \
                  KIND://USER@HOST/DATABASE",
        details: "Write three slashes before an absolute path, and two before a relative one. \
                  Boot events are in a second file beside it. KIND is mysql (MariaDB, too), \
                  postgres or mssql. Any number of servers may use one \
                  database on a server: see docs/DATABASES.md.",
        form: Form::One("URL"),
        default: Some("ipxe-orch.db in the data directory"),
        example: "\"sqlite:///srv/ipxe-orch/ipxe-orch.db\"",
        read: |from, layer| Ok(Layer { database: from.parsed()?, ..layer }),
        shown: |config| shown(&config.database),
    },
    Spec {
        name: "database_password_file",
        variable: "IPXE_ORCH_DATABASE_PASSWORD_FILE",
        option: Some("--database-password-file"),
        summary: "File with the password of the login at a database on a server",
        details: "The password is the first line. Nobody but the user of the program may read the \
                  file (mode 0600 or 0400). `credential:NAME` is a credential of systemd \
                  (`LoadCredential=NAME:PATH`).",
        form: Form::One("path of a file"),
        default: Some("no password"),
        example: "\"/etc/ipxe-orch/database-password\"",
        read: |from, layer| Ok(Layer { database_password_file: from.path(), ..layer }),
        shown: |config| shown(&config.database_password_file),
    },
    Spec {
        name: "listen",
        variable: "IPXE_ORCH_LISTEN",
        option: Some("--listen of `serve`"),
        summary: "Addresses of the server: http:// for machines, https:// for people",
        details: "Without a scheme it is for machines. Port 0 means any free one. By default only \
                  this machine reaches the server: scripts and answer files go out unencrypted, so \
                  choose the network that they are meant for. `[::]:8080` is every address of this \
                  machine. At an https:// address are the API and the console. Its certificate is \
                  one that the server makes at its first start, unless a table `[[listen]]` names \
                  `certificate` and `key`, two PEM files, or two credentials of systemd \
                  (`credential:NAME`); files are read anew when they change. \
                  Such a table has an `address`, and may have `faces`, a list of `machines`, \
                  `people` and `metrics`. Whoever reaches an address with the face `metrics` may \
                  read the metrics: see docs/METRICS.md.",
        form: Form::Several("addresses with ports, or tables"),
        default: None,
        example: "[\"http://10.0.0.1:8080\", \"https://10.0.0.1:8443\"]",
        read: |from, layer| Ok(Layer { listen: from.several()?, ..layer }),
        shown: |config| shown(&config.listen),
    },
    Spec {
        name: "base_path",
        variable: "IPXE_ORCH_BASE_PATH",
        option: None,
        summary: "First part of all paths of the server",
        details: "For a server behind a proxy that passes on one folder of its URLs. The server \
                  URLs of images must contain it too.",
        form: Form::One("nothing, or a path such as /install without a slash at its end"),
        default: None,
        example: "\"/install\"",
        read: |from, layer| Ok(Layer { base_path: from.parsed()?, ..layer }),
        shown: |config| shown(&config.base_path),
    },
    Spec {
        name: "server_urls",
        variable: "IPXE_ORCH_SERVER_URLS",
        option: None,
        summary: "Servers that boot images ask, in this order; at most 3",
        details: "`images build` uses them unless `--server` is given. Answer files contain \
                  the one that the machine has asked.",
        form: Form::Several("URLs"),
        default: None,
        example: "[\"http://10.0.0.1:8080\", \"http://10.0.0.2:8080\"]",
        read: |from, layer| Ok(Layer { server_urls: from.several()?, ..layer }),
        shown: |config| shown(&config.server_urls),
    },
    Spec {
        name: "trusted_proxies",
        variable: "IPXE_ORCH_TRUSTED_PROXIES",
        option: None,
        summary: "Proxies whose X-Forwarded-For and X-Request-Id are believed",
        details: "Events and the audit then have the address of the machine that the proxy \
                  names. `connections.per_address` does not hold for proxies.",
        form: Form::Several("addresses with a prefix length"),
        default: None,
        example: "[\"10.0.0.5/32\"]",
        read: |from, layer| Ok(Layer { trusted_proxies: from.several()?, ..layer }),
        shown: |config| shown(&config.trusted_proxies),
    },
    Spec {
        name: "media_dir",
        variable: "IPXE_ORCH_MEDIA_DIR",
        option: None,
        summary: "Installation media: kernels, initrds, disc images",
        details: "`media import` writes there; the server reads there.",
        form: Form::One("path of a folder"),
        default: Some("media in the data directory"),
        example: "\"/srv/media\"",
        read: |from, layer| Ok(Layer { media_dir: from.path(), ..layer }),
        shown: |config| shown(&config.media_dir),
    },
    Spec {
        name: "profile_dirs",
        variable: "IPXE_ORCH_PROFILE_DIRS",
        option: None,
        summary: "Folders with a folder for each profile",
        details: "A profile of a later folder replaces one with the same name, also a built-in \
                  one.",
        form: Form::Paths("paths of folders"),
        default: Some("profiles in the data directory"),
        example: "[\"/etc/ipxe-orch/profiles\"]",
        read: |from, layer| Ok(Layer { profile_dirs: from.paths(), ..layer }),
        shown: |config| shown(&config.profile_dirs),
    },
    Spec {
        name: "firmware_dirs",
        variable: "IPXE_ORCH_FIRMWARE_DIRS",
        option: None,
        summary: "Folders with ISOLINUX and iPXE; the first match counts",
        details: "`firmware import` writes to `firmware` in the data directory.",
        form: Form::Paths("paths of folders"),
        default: Some("firmware in the data directory, then the folders of Debian and Fedora"),
        example: "[\"/srv/firmware\"]",
        read: |from, layer| Ok(Layer { firmware_dirs: from.paths(), ..layer }),
        shown: |config| shown(&config.firmware_dirs),
    },
    Spec {
        name: "audit.keep_days",
        variable: "IPXE_ORCH_AUDIT_KEEP_DAYS",
        option: None,
        summary: "How long the audit is kept, in days; 0 means for ever",
        details: "At least 30. A server removes what is older each day, but nothing that a sink \
                  of `[[audit.forward]]` has not got. See docs/AUDIT.md.",
        form: Form::One("number of days"),
        default: None,
        example: "730",
        read: |from, layer| {
            let mut layer = layer;
            layer.audit.keep_days = from.parsed()?;
            Ok(layer)
        },
        shown: |config| shown(&config.audit_keep_days),
    },
    Spec {
        name: "connections.most",
        variable: "IPXE_ORCH_CONNECTIONS_MOST",
        option: None,
        summary: "Largest number of connections to the server at the same time",
        details: "Fewer if the server may not open enough files: half of the hard limit of open \
                  files (`ulimit -Hn`, or LimitNOFILE of systemd), without 256 for the rest. If \
                  all places are taken, a connection of the address with the most of them is \
                  closed: the one that is idle for the longest time, but none of a machine with a \
                  right ticket or boot secret.",
        form: Form::One("number of connections"),
        default: None,
        example: "2000",
        read: |from, layer| {
            let connections = ConnectionsLayer { most: from.parsed()?, ..layer.connections };
            Ok(Layer { connections, ..layer })
        },
        shown: |config| shown(&config.connections_most),
    },
    Spec {
        name: "connections.per_address",
        variable: "IPXE_ORCH_CONNECTIONS_PER_ADDRESS",
        option: None,
        summary: "Largest number of connections from one address; 0 means a quarter of all",
        details: "An address is an IPv4 address, or a /64 of IPv6. Raise it if many machines are \
                  behind one address (NAT). It does not hold for trusted proxies.",
        form: Form::One("number of connections"),
        default: None,
        example: "5000",
        read: |from, layer| {
            let connections = ConnectionsLayer { per_address: from.parsed()?, ..layer.connections };
            Ok(Layer { connections, ..layer })
        },
        shown: |config| shown(&config.connections_per_address),
    },
    Spec {
        name: "events.keep_days",
        variable: "IPXE_ORCH_EVENTS_KEEP_DAYS",
        option: None,
        summary: "How long boot events are kept, in days",
        details: "Older ones are removed as new ones come in.",
        form: Form::One("number of days"),
        default: None,
        example: "30",
        read: |from, layer| {
            Ok(Layer { events: EventsLayer { keep_days: from.parsed()?, ..layer.events }, ..layer })
        },
        shown: |config| shown(&config.events_keep_days),
    },
    Spec {
        name: "events.keep_rows",
        variable: "IPXE_ORCH_EVENTS_KEEP_ROWS",
        option: None,
        summary: "Largest number of boot events that are kept",
        details: "The oldest ones are removed first. 10 million need about 3 GB. Events of \
                  requests that prove nothing do not count here: the last 10,000 are kept, \
                  about 3 MB.",
        form: Form::One("number of events"),
        default: None,
        example: "1000000",
        read: |from, layer| {
            Ok(Layer { events: EventsLayer { keep_rows: from.parsed()?, ..layer.events }, ..layer })
        },
        shown: |config| shown(&config.events_keep_rows),
    },
    Spec {
        name: "log.level",
        variable: "IPXE_ORCH_LOG",
        option: Some("--log-level"),
        summary: "Lowest severity that is logged: off, error, warn, info, debug or trace",
        details: "The log goes to standard error.",
        form: Form::One("one of these words"),
        default: Some("info for serve, else warn"),
        example: "\"debug\"",
        read: |from, layer| {
            Ok(Layer { log: LogLayer { level: from.parsed()?, ..layer.log }, ..layer })
        },
        shown: |config| shown(&config.log_level),
    },
    Spec {
        name: "log.json",
        variable: "IPXE_ORCH_LOG_JSON",
        option: None,
        summary: "Whether each line of the log is a JSON object",
        details: "",
        form: Form::One("true or false"),
        default: None,
        example: "true",
        read: |from, layer| {
            Ok(Layer { log: LogLayer { json: from.parsed()?, ..layer.log }, ..layer })
        },
        shown: |config| shown(&config.log_json),
    },
];
