//! What `sanboot` looks for under UEFI: the first volume that has the file, the extra file, the
//! label and the UUID that were given (`efi_block_match()` in `interface/efi/efi_block.c`).

use super::{commands::Call, expand::HOLE};
use crate::image::DefaultLoader;

/// The first hard disk, which `sanboot` uses without `--drive`. Under UEFI this is the boot image
/// itself; drive 0 means any drive, the boot image first (measured with OVMF).
pub(super) const FIRST_DISK: u32 = 0x80;

/// Why the boot image itself is the volume that `sanboot` finds, or may be. The volume of a boot
/// image has neither a label nor a UUID.
pub(super) fn finds_image(call: &Call<'_>) -> Option<String> {
    let elsewhere = call.option("label").or(call.option("uuid")).is_some();
    let filename = call.option("filename");
    let all = filename.into_iter().chain(call.option("extra")).all(may_be_own);
    // Without a file name, UEFI looks for its default loader, which the image has.
    match filename {
        _ if elsewhere || !all => None,
        None => Some("without --filename UEFI finds this image".to_owned()),
        Some(path) => {
            Some(format!("this image has `{}` and is found first", path.replace(HOLE, "...")))
        }
    }
}

fn may_be_own(path: &str) -> bool {
    match (path.split_once(HOLE), path.rsplit_once(HOLE)) {
        (Some((start, _)), Some((_, end))) => DefaultLoader::may_be_between(start, end),
        _ => DefaultLoader::at(path).is_some(),
    }
}
