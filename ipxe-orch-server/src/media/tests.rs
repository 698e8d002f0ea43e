use super::*;
use ipxe_orch_core::{
    names::SetName,
    profile::{MediaPath, MediaSource},
};

fn path(text: &str) -> PinnedMedia {
    let path = MediaPath::try_from(text.to_owned()).unwrap();
    PinnedMedia { source: MediaSource::File(path), content: None }
}

async fn outcome(dir: &MediaDir, text: &str) -> String {
    match dir.open(&path(text), None).await {
        Ok(file) => format!("{} bytes", file.unwrap().len),
        Err(error) => error.to_string(),
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_regular_files_in_the_folder_are_opened() {
    use std::os::unix::{fs::symlink, net::UnixListener};
    let temp = tempfile::tempdir().unwrap();
    let (root, outside) = (temp.path().join("media"), temp.path().join("secret"));
    fs::create_dir_all(root.join("tiny")).unwrap();
    fs::write(root.join("tiny/kernel"), "bytes").unwrap();
    fs::write(&outside, "secret").unwrap();
    symlink("tiny/kernel", root.join("inside")).unwrap();
    symlink(&outside, root.join("out")).unwrap();
    symlink(temp.path(), root.join("up")).unwrap();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    let dir = MediaDir::new(&root);
    assert_eq!(outcome(&dir, "tiny/kernel").await, "5 bytes");
    assert_eq!(outcome(&dir, "inside").await, "5 bytes");
    assert_eq!(outcome(&dir, "absent").await, "the media folder has no file absent");
    assert_eq!(outcome(&dir, "tiny/kernel/x").await, "the media folder has no file tiny/kernel/x");
    assert_eq!(outcome(&dir, "out").await, "out is a link out of the media folder");
    assert_eq!(outcome(&dir, "up/secret").await, "up/secret is a link out of the media folder");
    assert_eq!(outcome(&dir, "tiny").await, "tiny is not a regular file");
    assert_eq!(outcome(&dir, "socket").await, "socket is not a regular file");
    for (name, there) in [("tiny/kernel", true), ("absent", false), ("out", false)] {
        assert_eq!(dir.contains(&path(name)).await.unwrap(), there, "{name}");
    }
}

#[tokio::test]
async fn without_its_folder_nothing_can_be_told() {
    let temp = tempfile::tempdir().unwrap();
    let dir = MediaDir::new(temp.path().join("absent"));
    assert!(dir.check().await.is_err());
    let error = dir.contains(&path("kernel")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(MediaDir::new(temp.path()).check().await.is_ok());
}

/// A folder with the set `netboot`, and the pinned tree of the set.
fn netboot(temp: &Path) -> (PathBuf, SetName, PinnedMedia) {
    let (root, name) = (temp.join("media"), "netboot".parse::<SetName>().unwrap());
    fs::write(temp.join("linux"), "kernel").unwrap();
    add(&root, &[temp.join("linux")], &name).unwrap();
    let text = fs::read(root.join("sets/netboot.toml")).unwrap();
    let source = MediaSource::Tree(name.clone());
    (root, name, PinnedMedia { source, content: Some(Digest::of(text)) })
}

#[tokio::test]
async fn a_set_that_another_process_removes_is_missed_at_once() {
    let temp = tempfile::tempdir().unwrap();
    let (root, name, tree) = netboot(temp.path());
    let dir = MediaDir::new(&root);
    for _ in 0..2 {
        assert!(dir.contains(&tree).await.unwrap());
    }
    remove(&root, &name, &[]).unwrap();
    assert!(!dir.contains(&tree).await.unwrap());
    add(&root, &[temp.path().join("linux")], &name).unwrap();
    assert!(dir.contains(&tree).await.unwrap(), "and found once it is there again");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_deletes_is_missed_within_a_minute() {
    let temp = tempfile::tempdir().unwrap();
    let (root, _, tree) = netboot(temp.path());
    let dir = MediaDir::new(&root);
    assert!(dir.contains(&tree).await.unwrap());
    let digest = Digest::of("kernel").to_string();
    fs::remove_file(root.join(format!("blobs/{}/{digest}", &digest[..2]))).unwrap();
    assert!(dir.open(&tree, Some("linux")).await.is_err(), "it is never served");
    tokio::time::advance(whole::LOOK).await;
    assert!(!dir.contains(&tree).await.unwrap());
}
