use super::*;
use ipxe_orch_core::memory::{CountingRandom, ManualClock};
use std::{fs, os::unix::fs::PermissionsExt as _};
use tempfile::TempDir;

struct Setting {
    folder: TempDir,
    clock: Arc<ManualClock>,
    random: CountingRandom,
}

impl Setting {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1000)));
        Self { folder: TempDir::new().unwrap(), clock, random: CountingRandom::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("keys.toml")
    }

    /// Opens the file as another process would.
    fn open(&self) -> FileKeys {
        FileKeys::open(&self.path(), self.clock.clone()).unwrap()
    }

    fn create(&self) -> FileKeys {
        FileKeys::create(&self.path(), self.clock.clone(), &self.random).unwrap()
    }

    fn error(&self) -> String {
        let error = FileKeys::open(&self.path(), self.clock.clone()).err().unwrap();
        error.to_string().replace(&self.path().display().to_string(), "KEYS")
    }
}

#[tokio::test]
async fn a_new_file_has_a_key_of_each_purpose_and_is_ours_alone() {
    let setting = Setting::new();
    let missing = "KEYS: there is no key file: make one, or restore it";
    assert!(setting.error().starts_with(missing), "{}", setting.error());
    let keys = setting.create();
    for purpose in Purpose::ALL {
        let key = keys.active(purpose).await.unwrap();
        assert!(keys.lookup(purpose, key.id).await.unwrap().is_some());
    }
    let mode = fs::metadata(setting.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = FileKeys::create(&setting.path(), setting.clock.clone(), &setting.random);
    let again = again.err().unwrap().to_string();
    assert!(again.ends_with("keys.toml: exists already and is not overwritten"), "{again}");
    FileKeys::open_or_create(&setting.path(), setting.clock.clone(), &setting.random).unwrap();
    assert_eq!(setting.open().list().unwrap().len(), Purpose::ALL.len());
}

#[tokio::test]
async fn a_rotation_by_another_process_is_noticed() {
    let setting = Setting::new();
    let server = setting.create();
    let old = server.active(Purpose::Ticket).await.unwrap();
    let new = setting.open().rotate(Purpose::Ticket, &setting.random).unwrap();
    assert_eq!(server.active(Purpose::Ticket).await.unwrap().id, old.id, "not looked yet");
    setting.clock.advance(LOOK);
    assert_eq!(server.active(Purpose::Ticket).await.unwrap().id, new);
    assert!(server.lookup(Purpose::Ticket, old.id).await.unwrap().is_some());

    let new = setting.open().rotate(Purpose::Image, &setting.random).unwrap();
    let found = server.lookup(Purpose::Image, new).await.unwrap();
    assert!(found.is_some(), "an unknown id is looked for at once");
}

#[tokio::test]
async fn keys_read_last_count_while_the_file_is_away() {
    let setting = Setting::new();
    let server = setting.create();
    let id = server.active(Purpose::Image).await.unwrap().id;
    fs::remove_file(setting.path()).unwrap();
    setting.clock.advance(LOOK);
    assert_eq!(server.active(Purpose::Image).await.unwrap().id, id);
    assert!(server.lookup(Purpose::Image, id).await.unwrap().is_some());
    assert!(server.rotate(Purpose::Image, &setting.random).is_err(), "nothing new over a loss");
    assert!(!setting.path().exists());
}

#[test]
fn two_writers_lose_no_key() {
    let setting = Setting::new();
    setting.create();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let keys = setting.open();
                for _ in 0..5 {
                    keys.rotate(Purpose::Image, &setting.random).unwrap();
                }
            });
        }
    });
    let keys = setting.open().list().unwrap();
    assert_eq!(keys.len(), Purpose::ALL.len() + 20);
}

#[test]
fn an_import_is_kept() {
    let setting = Setting::new();
    let keys = setting.create();
    let ring = KeyRing::generate_image_key(Timestamp::from_millis(0), &setting.random);
    let path = setting.folder.path().join("image.key");
    write_new_key_file(&path, &ring).unwrap();
    assert!(write_new_key_file(&path, &ring).is_err());
    let ids = keys.import(&read_key_file(&path).unwrap()).unwrap();
    assert_eq!(ids, [ring.keys()[0].id]);
    assert_eq!(keys.import(&ring).unwrap(), []);
    assert_eq!(setting.open().list().unwrap().len(), Purpose::ALL.len() + 1);
}

#[test]
fn files_that_are_wrong_are_named_with_the_remedy_and_not_shown() {
    let setting = Setting::new();
    setting.create();
    let text = fs::read_to_string(setting.path()).unwrap();
    fs::set_permissions(setting.path(), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(
        setting.error(),
        "KEYS: other users may access it (mode 0640): run `chmod 600 KEYS`"
    );
    fs::set_permissions(setting.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let secret = text.split("secret = \"").nth(1).unwrap().get(..20).unwrap();
    let half = text.get(..text.len() - 10).unwrap();
    for wrong in ["", "x", half, &text.replace("version = 1", "version = 9")] {
        fs::write(setting.path(), wrong).unwrap();
        let error = setting.error();
        assert!(error.ends_with("; restore the file from its backup"), "{error}");
        assert!(!error.contains(secret), "{error}");
    }
    fs::write(setting.path(), [0xff; 9]).unwrap();
    assert!(setting.error().starts_with("KEYS: cannot be read"), "{}", setting.error());
    fs::write(setting.path(), "x".repeat(2_000_000)).unwrap();
    assert_eq!(setting.error(), "KEYS: is longer than 1048576 bytes");
}
