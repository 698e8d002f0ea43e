//! The local disk, at the end of every path.

use super::{ImageScript, Script};
use crate::{
    host::{LoaderPath, LocalBoot},
    image::Medium,
};

/// UEFI loaders that an image looks for on any disk, after the host's own. Where a name ends in
/// `x64.efi`, machines with 64-bit ARM look for `aa64.efi` instead.
pub const KNOWN_LOADERS: &[&str] = &[
    r"\EFI\Microsoft\Boot\bootmgfw.efi",
    r"\EFI\redhat\shimx64.efi",
    r"\EFI\rocky\shimx64.efi",
    r"\EFI\almalinux\shimx64.efi",
    r"\EFI\centos\shimx64.efi",
    r"\EFI\fedora\shimx64.efi",
    r"\EFI\ubuntu\shimx64.efi",
    r"\EFI\debian\shimx64.efi",
    r"\EFI\opensuse\shim.efi",
    r"\EFI\sles\shim.efi",
    r"\EFI\debian\grubx64.efi",
    r"\EFI\tiny\tinyx64.efi",
];

/// `sanunhook` first: a hooked SAN drive would be booted as the local disk.
pub(super) fn local(text: &mut Script, image: &ImageScript<'_>) {
    text.lines(
        ":local
        echo ipxe-orch: booting the local disk
        sanunhook ||
        imgfree ||",
    );
    if image.host.local_boot == LocalBoot::NextEntry {
        text.lines(
            "iseq ${platform} efi && exit 1 ||
            exit",
        );
        return;
    }
    text.line("iseq ${platform} efi && goto local_efi ||");
    for drive in drives(&image.host.local_boot, image.medium) {
        text.line(format_args!("sanboot --no-describe --drive {drive:#04x} ||"));
    }
    text.lines(
        "exit
        :local_efi
        set orch-efi x64
        iseq ${buildarch} arm64 && set orch-efi aa64 ||",
    );
    for loader in loaders(image) {
        text.line(format_args!("sanboot --no-describe --drive 0 --filename {loader} ||"));
    }
    text.line("exit 1");
}

/// BIOS counts hard disks from 0x80 on, the one first that it boots from: as a disk, the image
/// would boot itself for ever. A blank disk fails at once, so that the next one is tried.
fn drives(wanted: &LocalBoot, medium: Medium) -> Vec<u8> {
    match (wanted, medium) {
        (LocalBoot::Drive(drive), medium) if (*drive, medium) != (0x80, Medium::Disk) => {
            vec![*drive]
        }
        (_, Medium::Cd) => vec![0x80, 0x81],
        (_, Medium::Disk) => vec![0x81, 0x82],
    }
}

/// The host's own first, then those of the profiles, each once; for the processor that runs, as
/// no other could start it. What the image has itself would start it again, for ever.
fn loaders(image: &ImageScript<'_>) -> Vec<String> {
    let own = match &image.host.local_boot {
        LocalBoot::Loader(path) => Some(path),
        _ => None,
    };
    let said = own.into_iter().chain(image.loaders).filter(|path| path.check_not_own().is_ok());
    let said = said.map(LoaderPath::as_str);
    let mut found: Vec<String> = Vec::new();
    for loader in said.chain(KNOWN_LOADERS.iter().copied()) {
        let loader = match loader.strip_suffix("x64.efi") {
            Some(start) => format!("{start}${{orch-efi}}.efi"),
            None => loader.to_owned(),
        };
        if !found.contains(&loader) {
            found.push(loader);
        }
    }
    found
}
