//! Paths of disks.

/// Whether the text names a disk for an installer: `first`, or a path below `/dev/`. A name without
/// `/dev/` is refused, because some installers accept it and others do not.
pub(super) fn is_disk(text: &str) -> bool {
    let Some(path) = text.strip_prefix("/dev/") else { return text == "first" };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+@".contains(&byte);
    let part = |part: &str| !["", ".", ".."].contains(&part) && part.bytes().all(allowed);
    path.split('/').all(part)
}

#[test]
fn disks_have_whole_paths() {
    for path in [
        "first",
        "/dev/sda",
        "/dev/nvme0n1",
        "/dev/disk/by-path/pci-0000:00:1f.2-ata-1.0",
        "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4",
        "/dev/disk/by-id/nvme-SAMSUNG_MZ+V@1",
    ] {
        assert!(is_disk(path), "{path}");
    }
    for path in ["", "sda", "First", "/dev/", "/dev", "/dev/../sda", "/dev//sda", "/dev/sda ", "/x"]
    {
        assert!(!is_disk(path), "{path}");
    }
}
