//! Paths of loaders as installers say them.

use super::LoaderPath;

const SUFFIX: &str = ".efi";

impl LoaderPath {
    /// The path in what an installer says of its loader. `None` if there is no right path in it, or
    /// if it is a path that boot images have themselves ([`Self::check_not_own`]).
    ///
    /// It may be the path alone, with `\` or `/`, with or without the first of them, and after the
    /// letter of a drive. It may also be an entry as `efibootmgr -v` prints it, or the line `path`
    /// of `bcdedit`.
    ///
    /// ```
    /// # use ipxe_orch_core::host::LoaderPath;
    /// let entry = r"HD(1,GPT,8d4f2a1c,0x800,0x100000)/File(\EFI\debian\shimx64.efi)";
    /// for said in [entry, "/EFI/debian/shimx64.efi", r"c:\EFI\debian\shimx64.efi"] {
    ///     let path = LoaderPath::reported(said).map(String::from);
    ///     assert_eq!(path.as_deref(), Some(r"\EFI\debian\shimx64.efi"));
    /// }
    /// assert_eq!(LoaderPath::reported(r"\EFI\BOOT\BOOTX64.EFI"), None);
    /// ```
    pub fn reported(said: &str) -> Option<Self> {
        let said = said.trim();
        let said = match said.split_once(char::is_whitespace) {
            Some(("path", rest)) => rest.trim_start(),
            _ => said,
        };
        // Of a device path, the file is the last node.
        let file = said.rsplit_once(")/").map_or(said, |(_, file)| file);
        let file = without_start(file, "file(").unwrap_or(file);
        let (_, file) =
            file.split_once(':').filter(|(drive, _)| is_word(drive)).unwrap_or(("", file));
        let end = file.to_ascii_lowercase().rfind(SUFFIX)?.checked_add(SUFFIX.len())?;
        let (file, rest) = file.split_at_checked(end)?;
        // Further data of the entry: `efibootmgr` prints it after the bracket, or in hexadecimal.
        if !rest.starts_with(')') && !rest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let path = file.replace('/', "\\");
        let path = if path.starts_with('\\') { path } else { format!("\\{path}") };
        Self::try_from(path).ok().filter(|path| path.check_not_own().is_ok())
    }

    /// Whether an image that looks for the one finds the other: file systems of EFI ignore case, and
    /// an image looks for `aa64.efi` instead of `x64.efi` on 64-bit ARM.
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.found_as() == other.found_as()
    }

    fn found_as(&self) -> String {
        let lower = self.as_str().to_ascii_lowercase();
        match lower.strip_suffix("aa64.efi") {
            Some(start) => format!("{start}x64.efi"),
            None => lower,
        }
    }
}

fn without_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (first, rest) = text.split_at_checked(start.len())?;
    first.eq_ignore_ascii_case(start).then_some(rest)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(said: &str) -> Option<String> {
        LoaderPath::reported(said).map(String::from)
    }

    #[test]
    fn what_installers_say_is_read() {
        for said in [
            r"\EFI\debian\shimx64.efi",
            "/EFI/debian/shimx64.efi",
            "EFI/debian/shimx64.efi",
            r" \EFI\debian\shimx64.efi ",
            r"C:\EFI\debian\shimx64.efi",
            r"s:/EFI/debian\shimx64.efi",
            r"fs0:\EFI\debian\shimx64.efi",
            r"File(\EFI\debian\shimx64.efi)",
            r"HD(1,GPT,8d4f,0x800,0x100000)/File(\EFI\debian\shimx64.efi)",
            r"HD(1,GPT,8d4f,0x800,0x100000)/FILE(\EFI\debian\shimx64.efi)..BO",
            r"HD(1,GPT,8d4f,0x800,0x100000)/\EFI\debian\shimx64.efi",
            r"HD(1,GPT,8d4f,0x800,0x100000)/\EFI\debian\shimx64.efi0000424f",
            "Boot0003* debian (1)\tHD(1,GPT,8d4f,0x800,0x100000)/File(\\EFI\\debian\\shimx64.efi)",
            "path                    \\EFI\\debian\\shimx64.efi",
        ] {
            assert_eq!(reported(said).as_deref(), Some(r"\EFI\debian\shimx64.efi"), "{said}");
        }
        let windows = r"path  \EFI\MICROSOFT\BOOT\BOOTMGFW.EFI";
        assert_eq!(reported(windows).as_deref(), Some(r"\EFI\MICROSOFT\BOOT\BOOTMGFW.EFI"));
    }

    #[test]
    fn what_is_no_loader_of_an_installed_system_is_none() {
        let long = format!(r"\EFI\{}\x.efi", "x".repeat(120));
        for said in [
            "",
            "()",
            r"\EFI\debian",
            r"\EFI\debian\vmlinuz",
            r"\EFI\..\x.efi",
            r"\\EFI\x.efi",
            r"\EFI\a b\x.efi",
            r"\EFI\ä\x.efi",
            r"\EFI\${uuid}\x.efi",
            r"\EFI\x.efi${uuid}",
            r"\EFI\x.efi && shell",
            "\\EFI\\x.efi\n\\EFI\\debian\\grubx64",
            r#"\EFI\x".efi"#,
            "\\EFI\\x\0.efi",
            r"\EFI\debian\shimx64.efi\EFI",
            r"\EFI\BOOT\BOOTX64.EFI",
            "/efi/boot/bootaa64.efi",
            r"HD(1,GPT,8d4f,0x800,0x100000)/File(\EFI\Boot\bootx64.efi)",
            "PciRoot(0x0)/Pci(0x1f,0x2)/Sata(1,65535,0)",
            "PciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,1)/IPv4(0.0.0.00.0.0.0,0,0)",
            "FvVol(7cb8bdc9)/FvFile(462caa21)",
            &long,
        ] {
            assert_eq!(reported(said), None, "{said}");
        }
    }

    #[test]
    fn files_are_the_same_for_an_image() {
        let path = |text: &str| LoaderPath::try_from(text.to_owned()).unwrap();
        let own = path(r"\EFI\debian\shimx64.efi");
        assert!(own.is_same_file(&path(r"\efi\Debian\SHIMX64.EFI")));
        assert!(own.is_same_file(&path(r"\EFI\debian\shimaa64.efi")));
        assert!(!own.is_same_file(&path(r"\EFI\debian\grubx64.efi")));
        assert!(!own.is_same_file(&path(r"\EFI\ubuntu\shimx64.efi")));
    }
}
