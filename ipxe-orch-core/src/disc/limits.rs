//! Limits of what is read from a disc, whatever the disc says. Installation discs stay far below
//! them: the largest ones have about 100,000 files, in folders 10 deep.

/// Number of files, links and directories.
pub const ENTRIES: usize = 500_000;
/// Depth of directories in directories.
pub const DEPTH: usize = 32;
/// Length of one directory, in bytes.
pub const DIRECTORY: u64 = 32 << 20;
/// Length of all directories together, in bytes.
pub const DIRECTORIES: u64 = 256 << 20;
/// Length of a name, in bytes.
pub const NAME: usize = 255;
/// Length of a path, or of the target of a link, in bytes.
pub const PATH: usize = 1024;
/// Number of links that one look-up follows.
pub const LINKS: usize = 16;
/// Number of extents of all files together.
pub const SPANS: usize = 1_000_000;
/// Length of all files together, as a multiple of the length of the image. Files may share bytes,
/// so they can be longer than the image.
pub const SHARED: u64 = 16;
/// Number of volume descriptors.
pub const DESCRIPTORS: u64 = 64;
/// Number of entries of a boot catalogue.
pub const BOOT_ENTRIES: usize = 64;
/// Number of continuations of a directory record or of a list of extents.
pub const CONTINUATIONS: usize = 32;
/// Number of extents of a UDF metadata partition. Mastered discs have one.
pub const METADATA: usize = 64;
