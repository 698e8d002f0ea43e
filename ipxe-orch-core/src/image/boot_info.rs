//! The boot information table by which `isolinux.bin` finds itself on the disc; described with
//! option `-boot-info-table` in the manual page of mkisofs.

use super::{
    iso9660,
    num::{ByteLen, Record, Sector, U32Le},
};

/// The table starts here ...
const TABLE_START: usize = 8;
/// ... and ends here; its checksum covers what follows.
const TABLE_END: usize = 64;

/// The shortest loader that can hold the table.
pub(super) const MIN_LEN: ByteLen = ByteLen(64);

/// `loader`, of at least [`MIN_LEN`] bytes, with its table filled in for its place at `at`.
pub(super) fn fill_in(loader: &[u8], at: Sector) -> Vec<u8> {
    let start = loader.get(..TABLE_START).unwrap_or_default();
    let covered = loader.get(TABLE_END..).unwrap_or_default();
    Record::default()
        .put(start)
        .put(U32Le::from(iso9660::PRIMARY.0))
        .put(U32Le::from(at.0))
        .put(U32Le::from(ByteLen::of(loader).0))
        .put(U32Le::from(checksum(covered)))
        .fill_to(TABLE_END)
        .put(covered)
        .finish()
}

/// The sum of little-endian 32-bit words; a last, incomplete one is filled up with zeros.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        sum.wrapping_add(u32::from_le_bytes(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::num::hex;

    /// What genisoimage 1.1.11 makes of a loader of the bytes 0, 1, 2, ..., 69 at sector 26:
    /// `genisoimage -o x.iso -b loader.bin -c boot.cat -no-emul-boot -boot-load-size 4
    /// -boot-info-table tree`, then `isoinfo -i x.iso -x '/LOADER.BIN;1' | xxd -p -l 24`.
    const GENISOIMAGE: &str = "0001020304050607 10000000 1a000000 46000000 84864243";

    #[test]
    fn the_table_is_what_genisoimage_writes() {
        let loader: Vec<u8> = (0..70).collect();
        let filled_in = fill_in(&loader, Sector(26));
        assert_eq!(filled_in[..24], hex(GENISOIMAGE));
        assert_eq!(filled_in[24..64], [0; 40]);
        assert_eq!(filled_in[64..], loader[64..]);
    }
}
