//! What `sanboot` looks for under UEFI: the first volume that has the file, the further file, the
//! label and the UUID that it is told of (`efi_block_match()` in `interface/efi/efi_block.c`).

use super::{commands::Call, expand::HOLE};
use crate::image::DefaultLoader;

/// The first hard disk; what `sanboot` takes without `--drive`. Under UEFI it is the boot image,
/// and drive 0 is any, this one first (measured with OVMF).
pub(super) const FIRST_DISK: u32 = 0x80;

/// Why the boot image itself is, or may be, the volume that is looked for. Its own has neither a
/// label nor a UUID.
pub(super) fn finds_image(call: &Call<'_>) -> Option<String> {
    let elsewhere = call.option("label").or(call.option("uuid")).is_some();
    let filename = call.option("filename");
    let all = filename.into_iter().chain(call.option("extra")).all(may_be_own);
    // Without a file name, UEFI's default one is looked for.
    match filename {
        _ if elsewhere || !all => None,
        None => Some("without --filename UEFI finds this image".to_owned()),
        Some(path) => {
            Some(format!("this image has `{}`, and is found first", path.replace(HOLE, "...")))
        }
    }
}

fn may_be_own(path: &str) -> bool {
    match (path.split_once(HOLE), path.rsplit_once(HOLE)) {
        (Some((start, _)), Some((_, end))) => DefaultLoader::may_be_between(start, end),
        _ => DefaultLoader::at(path).is_some(),
    }
}
