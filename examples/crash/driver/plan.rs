//! What a machine and its operator will do in one boot: all of it from the seed.

use std::time::Duration;

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// A stream of its own for each `(seed, who, which)`.
    pub(crate) fn new(seed: u64, who: u64, which: u64) -> Self {
        let mut rng = Self(seed);
        rng.0 = rng.next() ^ who;
        rng.0 = rng.next() ^ which;
        rng
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `end - 1`; 0 for an `end` of 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn millis(&mut self, below: u64) -> Duration {
        Duration::from_micros(self.below(below.saturating_mul(1000)))
    }

    fn one_of<T: Copy>(&mut self, from: &[T], else_: T) -> T {
        let index = self.below(u64::try_from(from.len()).unwrap_or(0));
        usize::try_from(index).ok().and_then(|index| from.get(index)).copied().unwrap_or(else_)
    }
}

/// Who orders or cancels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// This process, as an embedder would.
    Library,
    /// This process, the same order twice at the same time.
    LibraryTwice,
    /// The command line, a process of its own.
    CommandLine,
    /// The command line, killed after so long; then this process with the same id.
    KilledCommandLine(Duration),
}

/// How a request is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asking {
    /// So many times at all servers at once.
    pub(crate) everywhere: usize,
    /// Then so many times to one server after the other, each answer lost.
    pub(crate) lost: u32,
    /// How long the machine waits before it hangs up.
    pub(crate) patience: Duration,
}

/// What becomes of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// Claimed, then these reports; none at all, and the operator abandons it.
    Install(&'static [&'static str]),
    /// The installer reports though it never claimed.
    Unclaimed(&'static [&'static str]),
    /// Cancelled before it is claimed.
    Cancel(By),
    /// Cancelled at the moment at which it is claimed.
    CancelRace,
}

/// What a boot long past still sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Claim,
    Answer,
    Report(&'static str),
}

/// One boot.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The order's id.
    pub(crate) mark: [u8; 16],
    pub(crate) ordered_by: By,
    /// The server asked first.
    pub(crate) first: usize,
    pub(crate) boot: Asking,
    pub(crate) claim: Asking,
    pub(crate) reports: Asking,
    pub(crate) course: Course,
    /// Sent once the order stands, and once it is offered.
    pub(crate) late: [Option<Late>; 2],
    /// The machine claims again after its claim was granted.
    pub(crate) claims_again: bool,
    /// The machine boots once more at the end.
    pub(crate) boots_again: bool,
}

const REPORTS: [&[&str]; 6] = [
    &["started", "progress", "done"],
    &["started", "done"],
    &["done"],
    &["started", "failed"],
    &["failed", "done"],
    &[],
];
const LATE: [Late; 5] = [
    Late::Claim,
    Late::Answer,
    Late::Report("done"),
    Late::Report("failed"),
    Late::Report("started"),
];

impl Plan {
    /// The plan of a machine's boot number `which`.
    pub(crate) fn new(seed: u64, who: u32, which: u64, servers: u16) -> Self {
        let mut rng = Rng::new(seed, u64::from(who), which);
        let mark = (u128::from(rng.next()) << 64 | u128::from(rng.next())).to_be_bytes();
        let ordered_by = match rng.below(100) {
            0..2 => By::CommandLine,
            2..4 => By::KilledCommandLine(rng.millis(30)),
            4..14 => By::LibraryTwice,
            _ => By::Library,
        };
        let first = usize::try_from(rng.below(u64::from(servers))).unwrap_or(0);
        let (boot, claim, reports) = (asking(&mut rng), asking(&mut rng), asking(&mut rng));
        let course = match rng.below(100) {
            0..5 => Course::Cancel(By::Library),
            5..6 => Course::Cancel(By::CommandLine),
            6..12 => Course::CancelRace,
            12..15 => Course::Unclaimed(rng.one_of(&REPORTS[..5], &["done"])),
            _ => Course::Install(rng.one_of(&REPORTS, &[])),
        };
        let late = [late(&mut rng), late(&mut rng)];
        let (claims_again, boots_again) = (rng.percent(30), rng.percent(50));
        Self {
            mark,
            ordered_by,
            first,
            boot,
            claim,
            reports,
            course,
            late,
            claims_again,
            boots_again,
        }
    }
}

fn asking(rng: &mut Rng) -> Asking {
    let patience = rng.millis(8);
    match rng.below(100) {
        0..10 => Asking { everywhere: 2, lost: 0, patience },
        10..13 => Asking { everywhere: 5, lost: 1, patience },
        13..25 => Asking { everywhere: 0, lost: 1, patience },
        25..28 => Asking { everywhere: 0, lost: 3, patience },
        _ => Asking::default(),
    }
}

fn late(rng: &mut Rng) -> Option<Late> {
    let late = rng.one_of(&LATE, Late::Claim);
    rng.percent(20).then_some(late)
}
