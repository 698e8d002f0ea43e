//! Discs of all formats, made by other programs and then damaged.

#[path = "../../tests/disc/harness.rs"]
#[expect(clippy::expect_used, reason = "it is of the tests; what fails here is a finding")]
mod harness;
#[path = "../../tests/disc/make.rs"]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "it is of the tests; what fails here ends all"
)]
mod make;

use crate::hunt::Target;
use fastrand::Rng;
use ipxe_orch_core::disc::ReadAt;
use std::{hash::Hash, io, sync::Arc};

/// A disc, and the sectors of 512 bytes that contain its structures.
struct Base {
    image: Vec<u8>,
    places: Vec<usize>,
}

pub(crate) struct Discs(Vec<Arc<Base>>);

impl Discs {
    /// # Panics
    /// If a program that makes discs is missing. The message names its package.
    pub(crate) fn new() -> Self {
        let mut images = make::small_discs();
        for (bits, mib) in [("12", 2), ("16", 4), ("32", 34)] {
            images.push(make::fat(bits, mib, &[7; 2000]));
        }
        let base = |image: Vec<u8>| Arc::new(Base { places: make::structured(&image), image });
        Self(images.into_iter().map(base).collect())
    }
}

/// A disc with changed bytes in some places, cut off at `len`. Copying whole images would take too
/// long.
#[derive(Clone)]
pub(crate) struct Damaged {
    base: Arc<Base>,
    damage: Vec<(usize, Vec<u8>)>,
    len: usize,
}

impl ReadAt for Damaged {
    fn size(&self) -> u64 {
        u64::try_from(self.len).unwrap_or(u64::MAX)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(at).map_err(io::Error::other)?;
        let whole = self.base.image.get(..self.len).unwrap_or(&self.base.image);
        whole.read_at(at, into)?;
        for (place, bytes) in &self.damage {
            // Where the damage begins within the bytes to read, or where the bytes begin within the
            // damage.
            let (skip, from) = (start.saturating_sub(*place), place.saturating_sub(start));
            let bytes = bytes.get(skip..).unwrap_or_default();
            for (byte, new) in into.iter_mut().skip(from).zip(bytes) {
                *byte = *new;
            }
        }
        Ok(())
    }
}

impl Damaged {
    fn read(&self, at: usize, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.read_at(u64::try_from(at).unwrap_or(u64::MAX), &mut bytes).ok();
        bytes
    }

    /// The place of a byte in a structure.
    fn place(&self, rng: &mut Rng) -> usize {
        let sector = rng.choice(&self.base.places).copied().unwrap_or_default();
        sector * 512 + rng.usize(..512)
    }

    fn damage(&mut self, other: &Self, rng: &mut Rng) {
        let at = self.place(rng);
        let bytes = match rng.u8(0..8) {
            0 => vec![0],
            1 => vec![0xFF],
            2 => vec![0xFF; rng.usize(2..9)],
            // A number that points to another sector, in either byte order.
            3 => rng.u32(..4096).to_le_bytes().to_vec(),
            4 => rng.u16(..4096).to_be_bytes().to_vec(),
            5 => {
                let old = self.read(at, 1).first().copied().unwrap_or_default();
                vec![old ^ (1 << rng.u32(..8))]
            }
            // A structure from another place, or from another disc.
            6 => {
                let from = if rng.bool() { &*self } else { other };
                let (place, length) = (from.place(rng), rng.usize(4..256));
                from.read(place, length)
            }
            _ => vec![rng.u8(..)],
        };
        self.damage.push((at, bytes));
        let tag = at / 512 * 512;
        if let Some(sum) = make::tag_sum(&self.read(tag, 16)) {
            self.damage.push((tag + 4, vec![sum]));
        }
    }
}

impl Target for Discs {
    type Input = Damaged;

    fn seeds(&self) -> Vec<Damaged> {
        let whole = |base: &Arc<Base>| {
            let (base, len) = (Arc::clone(base), base.image.len());
            Damaged { base, damage: Vec::new(), len }
        };
        self.0.iter().map(whole).collect()
    }

    fn mutate(&self, input: &Damaged, other: &Damaged, rng: &mut Rng) -> Damaged {
        let mut made = input.clone();
        if rng.u8(..) < 8 {
            made.len = rng.usize(..=made.len);
        }
        if made.damage.len() > 64 {
            made.damage.drain(..32);
        }
        for _ in 0..rng.usize(1..8) {
            made.damage(other, rng);
        }
        made
    }

    fn run(&self, input: &Damaged) -> Option<impl Hash> {
        Some(harness::read_everything(input))
    }

    fn bytes(&self, input: &Damaged) -> Vec<u8> {
        input.read(0, input.len)
    }
}
