//! The boot information table, which tells `isolinux.bin` where it is on the disc. The manual page
//! of mkisofs describes it at the option `-boot-info-table`.

use super::{
    iso9660,
    num::{ByteLen, Record, Sector, U32Le},
};

/// The table starts at this byte ...
const TABLE_START: usize = 8;
/// ... and ends before this one. Its checksum covers the bytes from here on.
const TABLE_END: usize = 64;

/// The length of the shortest loader that has room for the table.
pub(super) const MIN_LEN: ByteLen = ByteLen(64);

/// A copy of `loader` with the table filled in for a loader at sector `at`. The loader has at least
/// [`MIN_LEN`] bytes.
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

/// The sum of the 32-bit little-endian words. An incomplete last word is filled up with zeros.
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

    /// What genisoimage 1.1.11 writes for a loader of the bytes 0, 1, 2, ..., 69 at sector 26:
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
