//! The loaders that UEFI firmware looks for on its own.

use super::fat::ShortName;

/// A file in `\EFI\BOOT`, where firmware looks for the loader of its processor (UEFI Specification
/// 3.5.1.1, table 3.3). A boot image has such files itself. A search for one of them on all volumes
/// therefore finds the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultLoader {
    /// x86-64.
    X64,
    /// 64-bit ARM.
    Arm64,
    /// 32-bit x86. No boot image has this one.
    Ia32,
}

impl DefaultLoader {
    /// All loaders that x86 and ARM servers look for.
    pub const ALL: [Self; 3] = [Self::X64, Self::Arm64, Self::Ia32];

    /// Its path on a volume.
    pub const fn path(self) -> &'static str {
        match self {
            Self::X64 => r"\EFI\BOOT\BOOTX64.EFI",
            Self::Arm64 => r"\EFI\BOOT\BOOTAA64.EFI",
            Self::Ia32 => r"\EFI\BOOT\BOOTIA32.EFI",
        }
    }

    /// The loader that firmware opens by this path. Case does not matter, and some firmware accepts
    /// `/` for `\`.
    pub fn at(path: &str) -> Option<Self> {
        let path = normal(path);
        Self::ALL.into_iter().find(|loader| normal(loader.path()) == path)
    }

    /// Whether a path that begins with `start` and ends with `end` may open such a loader.
    pub(crate) fn may_be_between(start: &str, end: &str) -> bool {
        let [start, end] = [start, end].map(|text| text.replace('/', r"\").to_ascii_uppercase());
        Self::ALL.iter().any(|loader| {
            let path = loader.path();
            let fits = path
                .strip_prefix(start.as_str())
                .or_else(|| path.strip_prefix('\\')?.strip_prefix(start.as_str()));
            fits.is_some_and(|rest| rest.ends_with(&end))
        })
    }

    pub(super) fn short_name(self) -> ShortName {
        let file = self.path().rsplit('\\').next().unwrap_or_default();
        let (name, extension) = file.split_once('.').unwrap_or((file, ""));
        let mut short = [b' '; 11];
        short.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
        short.iter_mut().skip(8).zip(extension.bytes()).for_each(|(to, from)| *to = from);
        short
    }
}

/// The path as a FAT volume looks it up: dots and blanks at the end of a name do not count.
fn normal(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in path.split(['\\', '/']) {
        if part == ".." {
            parts.pop();
            continue;
        }
        let name = part.trim_end_matches(['.', ' ']);
        parts.extend((!name.is_empty()).then(|| name.to_ascii_uppercase()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_firmware_reads_it() {
        for path in [
            r"\EFI\BOOT\BOOTX64.EFI",
            r"\efi\boot\bootx64.efi",
            r"efi\Boot\bootX64.efi",
            "/EFI/BOOT/BOOTX64.EFI",
            r"\EFI\\BOOT\.\x\..\BOOTX64.EFI.",
        ] {
            assert_eq!(DefaultLoader::at(path), Some(DefaultLoader::X64), "{path}");
        }
        assert_eq!(DefaultLoader::at(r"\EFI\BOOT\bootaa64.efi"), Some(DefaultLoader::Arm64));
        for path in [
            r"\EFI\debian\shimx64.efi",
            r"\BOOTX64.EFI",
            r"\EFI\BOOT",
            "",
            r"\EFI\BOOT\grubx64.efi",
        ] {
            assert_eq!(DefaultLoader::at(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_known_in_part_may_be_one() {
        for (start, end) in [("", ""), (r"\EFI\BOOT\boot", ".efi"), ("efi/", ""), (r"\", "64.EFI")]
        {
            assert!(DefaultLoader::may_be_between(start, end), "{start} {end}");
        }
        for (start, end) in
            [(r"\EFI\debian\", ""), ("", "shimx64.efi"), (r"\EFI\BOOT\BOOTX64.EFI", ".EFI")]
        {
            assert!(!DefaultLoader::may_be_between(start, end), "{start} {end}");
        }
    }

    #[test]
    fn short_names_are_filled_up() {
        assert_eq!(DefaultLoader::X64.short_name(), *b"BOOTX64 EFI");
        assert_eq!(DefaultLoader::Arm64.short_name(), *b"BOOTAA64EFI");
    }
}
