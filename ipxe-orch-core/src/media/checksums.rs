//! The checksums that a disc carries of its own files.

use std::collections::BTreeMap;

/// How a checksum is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5: finds damage, not intent.
    Md5,
    /// SHA-1: finds damage, not intent.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// What a file's checksum must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The file of the disc that says so.
    pub list: &'static str,
    /// How it is made.
    pub algorithm: Algorithm,
    /// In lower-case hexadecimal digits.
    pub hex: String,
}

/// The lists, the strongest last: it counts where several name a file.
const LISTS: [&str; 4] = ["md5sum.txt", "SHA256SUMS", "CHECKSUMS", ".treeinfo"];

/// The checksums of a disc by path. `text` reads one of its files, if it is there.
///
/// `md5sum.txt` is Debian's and Ubuntu's, `CHECKSUMS` is SUSE's, `.treeinfo` Red Hat's, where it
/// names the boot files alone.
pub fn expected(text: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, Expected> {
    let mut all = BTreeMap::new();
    for list in LISTS {
        let Some(text) = text(list) else { continue };
        let lines = text.lines().filter_map(|line| match list {
            ".treeinfo" => of_treeinfo(line),
            _ => of_sums(line),
        });
        for (path, hex) in lines {
            if let Some(algorithm) = algorithm(hex) {
                let hex = hex.to_ascii_lowercase();
                all.insert(path.to_owned(), Expected { list, algorithm, hex });
            }
        }
    }
    all
}

/// `<digits>  ./path`, or `<digits> *path`.
fn of_sums(line: &str) -> Option<(&str, &str)> {
    let (hex, path) = line.split_once(' ')?;
    let path = path.trim_start_matches([' ', '*']);
    Some((path.strip_prefix("./").unwrap_or(path), hex))
}

/// `path = sha256:<digits>`, in the section `checksums`, the only one of this form.
fn of_treeinfo(line: &str) -> Option<(&str, &str)> {
    let (path, value) = line.split_once('=')?;
    Some((path.trim(), value.trim().strip_prefix("sha256:")?))
}

/// By the number of digits.
fn algorithm(hex: &str) -> Option<Algorithm> {
    let algorithm = match hex.len() {
        32 => Algorithm::Md5,
        40 => Algorithm::Sha1,
        64 => Algorithm::Sha256,
        128 => Algorithm::Sha512,
        _ => return None,
    };
    hex.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_all_systems_are_read() {
        let (md5, sha256) = ("d41d8cd98f00b204e9800998ecf8427e", "AB".repeat(32));
        let text = |list: &str| match list {
            "md5sum.txt" => Some(format!("{md5}  ./install.amd/vmlinuz\n{md5}  ./a b\nnonsense")),
            "CHECKSUMS" => Some(format!("{sha256}  boot/x86_64/loader/linux\n")),
            ".treeinfo" => Some(format!("[checksums]\nimages/x = sha256:{sha256}\n[tree]\na = b")),
            _ => None,
        };
        let all = expected(&text);
        let shown: Vec<_> = all.iter().map(|(path, e)| (path.as_str(), e.list)).collect();
        assert_eq!(
            shown,
            [
                ("a b", "md5sum.txt"),
                ("boot/x86_64/loader/linux", "CHECKSUMS"),
                ("images/x", ".treeinfo"),
                ("install.amd/vmlinuz", "md5sum.txt"),
            ]
        );
        assert_eq!(all["images/x"].hex, sha256.to_ascii_lowercase());
    }
}
