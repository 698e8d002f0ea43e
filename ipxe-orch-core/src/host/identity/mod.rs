//! What a mainboard says of itself (SMBIOS, DMTF DSP0134 section 7.2), and when that is the same
//! as what is registered.
//!
//! Boards are not careful. Many show a text of the factory instead of a serial number, pad it with
//! blanks, or write the UUID in the byte order of SMBIOS before 2.6. Such a board must not keep its
//! machine from being installed.

mod serial;

pub use serial::{InvalidSerial, Serial, ShownSerial};

use uuid::Uuid;

/// UUIDs that many boards show, so that they say nothing about a machine.
const PLACEHOLDERS: [Uuid; 7] = [
    Uuid::nil(),
    Uuid::max(),
    Uuid::from_bytes([0xfe; 16]),
    Uuid::from_u128(0x0300_0200_0400_0500_0006_0007_0008_0009),
    Uuid::from_u128(0x0002_0003_0004_0005_0006_0007_0008_0009),
    Uuid::from_u128(0x1234_5678_1234_5678_90ab_cdde_efaa_bbcc),
    // A board of Dell without a service tag.
    Uuid::from_u128(0x4c4c_4544_0000_2010_8020_80c0_4f20_2020),
];

/// The UUID, unless it is one that many boards show: then the machine has none.
pub fn own_uuid(uuid: Uuid) -> Option<Uuid> {
    Some(uuid).filter(|uuid| !PLACEHOLDERS.contains(uuid))
}

/// Whether two UUIDs are of the same board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameUuid {
    /// They are equal.
    Yes,
    /// They are equal if the bytes of the first three fields of one of them are reversed. SMBIOS
    /// before 2.6 did not say in which order they are written.
    Swapped,
    /// They are different.
    No,
}

impl SameUuid {
    /// Compares two UUIDs.
    pub fn of(one: Uuid, other: Uuid) -> Self {
        if one == other {
            Self::Yes
        } else if Uuid::from_bytes_le(one.into_bytes()) == other {
            Self::Swapped
        } else {
            Self::No
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_in_the_other_byte_order_is_recognised() {
        let uuid = |text: &str| Uuid::parse_str(text).unwrap();
        let one = uuid("00112233-4455-6677-8899-aabbccddeeff");
        let swapped = uuid("33221100-5544-7766-8899-aabbccddeeff");
        assert_eq!(SameUuid::of(one, one), SameUuid::Yes);
        assert_eq!(SameUuid::of(one, swapped), SameUuid::Swapped);
        assert_eq!(SameUuid::of(swapped, one), SameUuid::Swapped);
        let other = uuid("33221100-5544-7766-8899-aabbccddeefe");
        assert_eq!(SameUuid::of(one, other), SameUuid::No);
    }

    #[test]
    fn uuids_of_many_boards_are_none() {
        for text in [
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "03000200-0400-0500-0006-000700080009",
            "00020003-0004-0005-0006-000700080009",
        ] {
            assert_eq!(own_uuid(Uuid::parse_str(text).unwrap()), None, "{text}");
        }
        let own = Uuid::from_u128(7);
        assert_eq!(own_uuid(own), Some(own));
    }
}
