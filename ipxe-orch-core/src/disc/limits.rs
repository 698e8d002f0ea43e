//! How much of a disc is read, whatever it says of itself. Installation discs stay far below: the
//! largest have some 100,000 files, 10 folders deep.

/// Files, links and directories.
pub const ENTRIES: usize = 500_000;
/// Directories in directories.
pub const DEPTH: usize = 32;
/// Bytes of a directory.
pub const DIRECTORY: u64 = 32 << 20;
/// Bytes of all directories.
pub const DIRECTORIES: u64 = 256 << 20;
/// Bytes of a name.
pub const NAME: usize = 255;
/// Bytes of a path, or of what a link points to.
pub const PATH: usize = 1024;
/// Links followed in one look-up.
pub const LINKS: usize = 16;
/// Extents of all files.
pub const SPANS: usize = 1_000_000;
/// What all files have together, in lengths of the image: several may share their bytes.
pub const SHARED: u64 = 16;
/// Volume descriptors.
pub const DESCRIPTORS: u64 = 64;
/// Entries of a boot catalogue.
pub const BOOT_ENTRIES: usize = 64;
/// Continuations of a directory record, or of a list of extents.
pub const CONTINUATIONS: usize = 32;
/// Extents of the metadata of UDF, which is one on what was mastered.
pub const METADATA: usize = 64;
