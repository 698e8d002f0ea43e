//! The checksums that a disc contains for its own files.

use std::collections::BTreeMap;

/// The algorithm of a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5. It finds damage, but not a deliberate change.
    Md5,
    /// SHA-1. It finds damage, but not a deliberate change.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// The checksum that a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The file on the disc that lists the checksum.
    pub list: &'static str,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The checksum in lower-case hexadecimal digits.
    pub hex: String,
}

/// The lists, the strongest one last. If several lists name a file, the last one counts.
const LISTS: [&str; 4] = ["md5sum.txt", "SHA256SUMS", "CHECKSUMS", ".treeinfo"];

/// The checksums of a disc by path. `text` reads a file of the disc, if the disc has it.
///
/// `md5sum.txt` is the list of Debian and Ubuntu and `CHECKSUMS` the list of SUSE. Red Hat's
/// `.treeinfo` names only the files that boot.
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

/// A line `<digits>  ./path` or `<digits> *path`.
fn of_sums(line: &str) -> Option<(&str, &str)> {
    let (hex, path) = line.split_once(' ')?;
    let path = path.trim_start_matches([' ', '*']);
    Some((path.strip_prefix("./").unwrap_or(path), hex))
}

/// A line `path = sha256:<digits>`. Only the section `checksums` has lines of this form.
fn of_treeinfo(line: &str) -> Option<(&str, &str)> {
    let (path, value) = line.split_once('=')?;
    Some((path.trim(), value.trim().strip_prefix("sha256:")?))
}

/// The number of digits tells the algorithm.
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
