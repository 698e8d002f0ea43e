//! The end of every path of the image's script: the local disk.

use super::{ImageScript, Script};
use crate::{
    host::{LoaderPath, LocalBoot},
    image::Medium,
};

/// UEFI loaders that an image looks for on every disk with [`LocalBoot::Search`], after those that
/// it was made with. On 64-bit ARM a name that ends in `x64.efi` is looked for with `aa64.efi`
/// instead.
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
    r"\EFI\systemd\systemd-bootx64.efi",
    r"\EFI\tiny\tinyx64.efi",
];

/// Starts the local disk. `sanunhook` comes first, because a SAN drive that is still attached would
/// be taken for the local disk.
pub(super) fn local(text: &mut Script, image: &ImageScript<'_>) {
    text.lines(
        ":local
        echo ipxe-orch: booting the local disk
        sanunhook ||
        imgfree ||",
    );
    // With the exit status 0 a UEFI firmware may show its boot menu. With any other status it
    // tries its next boot entry.
    if image.host.local_boot == LocalBoot::NextEntry {
        text.lines(
            "iseq ${platform} efi && exit 1 ||
            exit",
        );
        return;
    }
    text.line("iseq ${platform} efi && goto local_efi ||");
    // `--no-describe`: the system must not take its own disk for a SAN drive (iBFT).
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

/// The last BIOS drive that is tried.
const LAST_DRIVE: u8 = 0x87;

/// The BIOS drives to try. A BIOS numbers hard disks from 0x80 and puts the one that it booted from
/// first. If the image itself is a disk, drive 0x80 would start the image again, without end. A
/// blank disk fails at once, and so does a drive that is not there: then the next one is tried.
fn drives(wanted: &LocalBoot, medium: Medium) -> Vec<u8> {
    match (wanted, medium) {
        (LocalBoot::Drive(drive), medium) if (*drive, medium) != (0x80, Medium::Disk) => {
            vec![*drive]
        }
        (_, Medium::Cd) => (0x80..=LAST_DRIVE).collect(),
        (_, Medium::Disk) => (0x81..=LAST_DRIVE).collect(),
    }
}

/// The UEFI loaders to try: the one that the host's specification names, the one that its last
/// install has named, then those of its profile, each once and for the processor that runs. Others
/// are looked for only where that was asked for: another disk may have an old system, and only the
/// firmware knows which disk comes first. A loader that the image has itself is left out, because
/// it would start the image again, without end.
fn loaders(image: &ImageScript<'_>) -> Vec<String> {
    let own = match &image.host.local_boot {
        LocalBoot::Loader(path) => Some(path),
        _ => None,
    };
    let known = match &image.host.local_boot {
        LocalBoot::Search => KNOWN_LOADERS,
        _ => &[],
    };
    let said = own.into_iter().chain(image.loaders).filter(|path| path.check_not_own().is_ok());
    let said = said.map(LoaderPath::as_str);
    let mut found: Vec<String> = Vec::new();
    for loader in said.chain(known.iter().copied()) {
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
