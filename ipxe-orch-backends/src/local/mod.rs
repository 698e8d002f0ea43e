//! What a server uses of its machine: the clock, random numbers, threads and files.

mod calendar;
mod data_dir;
mod files;
mod heads;
mod high_water;
mod keys;
mod passwords;
mod profiles;
mod system;
mod threads;

pub use calendar::SystemCalendar;
pub use data_dir::DataDir;
pub use files::{FileError, read_credential, read_password};
pub use heads::HeadsFile;
pub use high_water::{HighWaterMark, KeptHead};
pub use keys::{FileKeys, read_key_file, write_new_key_file};
pub use passwords::Passwords;
pub use profiles::{MAX_PROFILE_FILE, profile_folders, read_profile, read_profiles};
pub use system::{SystemClock, SystemRandom};
pub use threads::Threads;
