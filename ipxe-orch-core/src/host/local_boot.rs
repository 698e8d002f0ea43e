//! How a machine starts the system on its own disk.

use crate::image::DefaultLoader;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How a machine gets from the boot image to the system on its own disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LocalBoot {
    /// BIOS: the first hard disk that boots, of at most eight. UEFI: the loader that the host's last
    /// install has named, or else the one of its profile, on any disk; if there is none, the
    /// firmware's next boot entry.
    #[default]
    Auto,
    /// UEFI: as `Auto`, but before the firmware's next boot entry the loaders of all profiles and
    /// other known ones are looked for, on all disks. This is for firmware without a boot entry for
    /// the disk. If several disks have a system, another one than the firmware's first may start.
    /// BIOS: as `Auto`.
    Search,
    /// Back to the firmware, which tries its next boot entry.
    NextEntry,
    /// UEFI: this loader on any disk; if there is none, as `Auto`. BIOS: as `Auto`.
    Loader(LoaderPath),
    /// BIOS: the drive with this number; `0x80` is the first hard disk. UEFI: as `Auto`. If the
    /// boot image is itself attached as a disk, the firmware counts it as `0x80`; this number then
    /// means the image and counts as `Auto`.
    Drive(u8),
}

impl LocalBoot {
    /// Whether this is the default.
    pub fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// As people write it: `auto`, `search`, `next-entry`, `loader:PATH` or `drive:0x81`.
impl fmt::Display for LocalBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Search => f.write_str("search"),
            Self::NextEntry => f.write_str("next-entry"),
            Self::Loader(path) => write!(f, "loader:{}", path.as_str()),
            Self::Drive(drive) => write!(f, "drive:{drive:#04x}"),
        }
    }
}

/// The text does not say how to boot locally.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLocalBoot {
    /// It is none of the five forms.
    #[error(
        "`{}` is not a way to boot locally: write auto, search, next-entry, loader:PATH or drive:NUMBER",
        crate::text::shown(.0)
    )]
    Unknown(String),
    /// The number is below 0x80, where the BIOS numbers of hard disks start, or it is not a number.
    #[error(
        "`{}` is not a hard disk of a BIOS: the first one is drive:0x80, the last one drive:0xff",
        crate::text::shown(.0)
    )]
    Drive(String),
    /// The path is not the path of a loader.
    #[error(transparent)]
    Loader(#[from] InvalidLoaderPath),
    /// The boot image has a loader at this path as well.
    #[error(transparent)]
    OwnLoader(#[from] OwnLoader),
}

impl FromStr for LocalBoot {
    type Err = InvalidLocalBoot;

    fn from_str(text: &str) -> Result<Self, InvalidLocalBoot> {
        if let Some(path) = text.strip_prefix("loader:") {
            let path = LoaderPath::try_from(path.to_owned())?;
            path.check_not_own()?;
            return Ok(Self::Loader(path));
        }
        if let Some(number) = text.strip_prefix("drive:") {
            let parsed = number
                .strip_prefix("0x")
                .map_or_else(|| number.parse(), |digits| u8::from_str_radix(digits, 16));
            let drive = parsed.ok().filter(|drive| *drive >= 0x80);
            return drive.map(Self::Drive).ok_or_else(|| InvalidLocalBoot::Drive(text.to_owned()));
        }
        match text {
            "auto" => Ok(Self::Auto),
            "search" => Ok(Self::Search),
            "next-entry" | "next_entry" => Ok(Self::NextEntry),
            _ => Err(InvalidLocalBoot::Unknown(text.to_owned())),
        }
    }
}

/// A file on an EFI system partition, such as `\EFI\debian\shimx64.efi`: at most 120 characters;
/// each part has only `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoaderPath(String);

/// The text is not a loader path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not the path of a loader: write it as \\EFI\\debian\\shimx64.efi, with at most 120 \
     characters, and only A-Z, a-z, 0-9, `-`, `_` and `.` in its parts",
    crate::text::shown(.0)
)]
pub struct InvalidLoaderPath(String);

/// The path is the path of a loader that the boot image has itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is also a loader of the boot image, which would start itself again without end: \
     name the installed system's own loader, such as \\EFI\\debian\\shimx64.efi"
)]
pub struct OwnLoader(String);

impl LoaderPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a path that a boot image has itself: the image would be found first and would start
    /// itself again.
    ///
    /// A host stored before this check existed may still have such a path. Images leave it out.
    ///
    /// # Errors
    /// [`OwnLoader`] if the boot image has a loader at this path.
    pub fn check_not_own(&self) -> Result<(), OwnLoader> {
        match DefaultLoader::at(&self.0) {
            Some(_) => Err(OwnLoader(self.0.clone())),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for LoaderPath {
    type Error = InvalidLoaderPath;

    fn try_from(text: String) -> Result<Self, InvalidLoaderPath> {
        let part = |part: &str| {
            !part.is_empty()
                && !part.chars().all(|c| c == '.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let right = text.len() <= 120
            && text.strip_prefix('\\').is_some_and(|rest| rest.split('\\').all(part));
        if right { Ok(Self(text)) } else { Err(InvalidLoaderPath(text)) }
    }
}

impl From<LoaderPath> for String {
    fn from(path: LoaderPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again() {
        for text in ["auto", "next-entry", r"loader:\EFI\debian\shimx64.efi", "drive:0x81"] {
            assert_eq!(text.parse::<LocalBoot>().unwrap().to_string(), text);
        }
        assert_eq!("drive:129".parse(), Ok(LocalBoot::Drive(0x81)));
    }

    #[test]
    fn what_is_wrong_is_named_with_the_remedy() {
        let error = |text: &str| text.parse::<LocalBoot>().unwrap_err().to_string();
        assert!(error("drive:0x7f").contains("the first one is drive:0x80"));
        assert!(error("drive:0x+1").contains("is not a hard disk"));
        assert!(error("disk").contains("auto, search, next-entry, loader:PATH or drive:NUMBER"));
        assert!(error("loader:x").contains("is not the path of a loader"));
        for own in [r"\EFI\BOOT\BOOTX64.EFI", r"\efi\boot\bootaa64.efi", r"\EFI\Boot\BOOTIA32.EFI"]
        {
            let error = error(&format!("loader:{own}"));
            assert!(error.contains("name the installed system's own loader"), "{error}");
        }
    }

    #[test]
    fn loader_paths_cannot_leave_their_command() {
        for bad in ["", "EFI\\x.efi", "\\", "\\EFI\\..\\x", "\\EFI\\a b", "\\EFI\\${x}", "\\EFI\\"]
        {
            assert!(LoaderPath::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(LoaderPath::try_from(r"\EFI\debian\shimx64.efi".to_owned()).is_ok());
    }
}
