//! A folder with a database, firmware and files, and the program run in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

pub(crate) struct Operator {
    dir: TempDir,
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A fleet file's first line.
pub(crate) const HEADER: &str = "name,mac,address,gateway,profile,first_boot\n";

/// Two hosts: the first boot of `web1` installs.
pub(crate) fn two_hosts() -> String {
    format!(
        "{HEADER}web1,52:54:00:00:00:01,10.0.2.15/24,10.0.2.2,tiny,install\n\
         db1,52:54:00:00:00:02,10.0.2.16/24,10.0.2.2,tiny,local\n"
    )
}

impl Operator {
    /// With a new database.
    pub(crate) fn new() -> Self {
        let operator = Self::without_database();
        operator.copy_new_database();
        operator
    }

    /// With a new database that has keys and an audit chain of its own, as another installation
    /// has. Those of [`Self::new`] are the same for all.
    pub(crate) fn elsewhere() -> Self {
        let operator = Self::without_database();
        operator.ok(&["database", "init"]);
        operator
    }

    /// Making a database takes seconds in a debug build, because its profiles are proved. So it is
    /// made once for each build of the program, and copied for each test.
    fn copy_new_database(&self) {
        let program = fs::metadata(env!("CARGO_BIN_EXE_ipxe-orch")).unwrap();
        let built = program.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let made = tests.join(format!("new-database-{}", built.as_nanos()));
        if !made.exists() {
            let operator = Self::elsewhere();
            let whole = tempfile::tempdir_in(tests).unwrap().keep();
            copy_files(&operator.path("data"), &whole);
            // Another test may have made it meanwhile.
            if fs::rename(&whole, &made).is_err() {
                fs::remove_dir_all(&whole).unwrap();
            }
        }
        fs::create_dir(self.path("data")).unwrap();
        fs::set_permissions(self.path("data"), fs::metadata(&made).unwrap().permissions()).unwrap();
        copy_files(&made, &self.path("data"));
    }

    /// With firmware that looks like the real one, and no database.
    pub(crate) fn without_database() -> Self {
        let operator = Self { dir: tempfile::tempdir().unwrap() };
        let version = "1.21.1+git20250501.dad20602+dfsg-1";
        operator.file("firmware/isolinux.bin", &padded(b"\xFA\r\nISOLINUX 6.04 20200816 \0"));
        operator.file("firmware/ldlinux.c32", &padded(b"\x7FELF\x01"));
        let mut lkrn = vec![0; 0x2AE];
        lkrn[0x202..0x206].copy_from_slice(b"HdrS");
        lkrn[0x20E] = 0xAE;
        lkrn.extend_from_slice(version.as_bytes());
        operator.file("firmware/ipxe.lkrn", &padded(&lkrn));
        let mut efi = vec![0; 0x40];
        efi[..2].copy_from_slice(b"MZ");
        efi[0x3C] = 0x40;
        let strings =
            format!("PE\0\0\x64\u{6}iPXE\0{version}\0iflinkwait\0autoexec.ipxe\0netvsc\0");
        efi.extend_from_slice(strings.as_bytes());
        efi[0x45] = 0x86;
        operator.file("firmware/ipxe.efi", &padded(&efi));
        operator
    }

    /// With the two hosts registered.
    pub(crate) fn with_hosts() -> Self {
        let operator = Self::new();
        operator.file("fleet.csv", two_hosts().as_bytes());
        operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
        operator
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The program, in an environment of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipxe-orch"));
        command.args(arguments).current_dir(self.dir.path()).env_clear();
        command.env("TZ", "UTC").env("HOME", self.dir.path());
        command.env("IPXE_ORCH_DATABASE", "sqlite://data/orch.db");
        command.env("IPXE_ORCH_FIRMWARE_DIRS", "firmware");
        if self.path("config/profiles").exists() {
            command.env("IPXE_ORCH_PROFILE_DIRS", "config/profiles");
        }
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(self.command(arguments).output().unwrap())
    }

    /// What a process printed, with the folder's path as `DIR`.
    pub(crate) fn ran(&self, output: Output) -> Ran {
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap().replace(self.dir.path().to_str().unwrap(), "DIR")
        };
        let Output { status, stdout, stderr } = output;
        Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Runs what must succeed; gives what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// Runs what must fail with exit code 1 and nothing on standard output; gives its errors.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{arguments:?}: {ran:?}");
        ran.stderr
    }

    /// Runs what must succeed, with `--json`.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.ok(&arguments)).unwrap()
    }

    /// The names in a folder.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries.map(|e| name(e).into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// All that the database says of hosts: what a refused command must not change.
    pub(crate) fn hosts(&self) -> serde_json::Value {
        self.json(&["hosts", "list"])
    }
}

fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn padded(content: &[u8]) -> Vec<u8> {
    let mut file = content.to_vec();
    file.resize(4096, 0);
    file
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}
