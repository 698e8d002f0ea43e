//! Names of packages.

/// The longest name of a package that is accepted, in bytes.
const MAX: usize = 128;

/// Whether it is the name of a Debian package (Debian Policy, section 5.6.1).
pub(super) fn is_deb(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() > 1 && is_name(name, allowed, b"+-.")
}

/// Whether it is the name of an RPM package. RPM itself accepts nearly everything: these are the
/// characters of the naming guidelines of Fedora.
pub(super) fn is_rpm(name: &str) -> bool {
    is_name(name, |byte| byte.is_ascii_alphanumeric(), b"+-._")
}

/// Whether the first character is an ordinary one, and each other one is ordinary or one of `more`.
fn is_name(name: &str, ordinary: impl Fn(u8) -> bool, more: &[u8]) -> bool {
    let mut bytes = name.bytes();
    name.len() <= MAX
        && bytes.next().is_some_and(&ordinary)
        && bytes.all(|byte| ordinary(byte) || more.contains(&byte))
}

#[test]
fn each_family_has_its_names() {
    for name in ["vim", "g++", "libstdc++6", "python3.13", "0ad"] {
        assert!(is_deb(name) && is_rpm(name), "{name}");
    }
    for name in ["gcc-c++", "NetworkManager", "java-21-openjdk", "qemu-img", "python3_x", "R"] {
        assert!(is_rpm(name), "{name}");
    }
    for name in ["NetworkManager", "python3_x", "R", "x"] {
        assert!(!is_deb(name), "{name}");
    }
    for name in ["", "-vim", "+x", "a b", "a;b", "a/b", "vim=2", "@core", &"a".repeat(MAX + 1)] {
        assert!(!is_deb(name) && !is_rpm(name), "{name}");
    }
}
