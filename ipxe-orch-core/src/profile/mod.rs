//! Profiles: the description of an install as data.
//!
//! A profile is a folder with a `profile.toml` and the templates that it names. A mark pins a
//! [`ProfileVersion`], so that later changes of the files do not change what was ordered.
//!
//! # Example
//!
//!
//! ```
//! # use ipxe_orch_core::profile::Profile;
//! let profile: Profile = r#"
//!     name = "tiny"
//!     title = "A tiny Linux for tests"
//!     script = "boot.ipxe.hbs"
//!     loader = '\EFI\tiny\tinyx64.efi'
//!
//!     [[answers]]
//!     name = "tiny.conf"
//!     template = "tiny.conf.hbs"
//!     syntax = "key_value"
//!
//!     [[media]]
//!     name = "vmlinuz"
//!     path = "tiny/vmlinuz"
//! "#.parse()?;
//! assert_eq!(profile.terms.start_minutes, 15);
//! # Ok::<(), ipxe_orch_core::profile::InvalidProfile>(())
//! ```

mod defaults;
mod definition;
mod disk;
mod invalid;
mod lacks;
mod limits;
mod lint;
mod loaders;
mod login;
mod media;
mod package;
mod password;
mod render;
mod resolve;
mod samples;
mod ssh_key;
mod stand_in;
mod syntax;
mod terms;
mod texts;
mod user_name;
mod values;
mod variable;
mod version;

pub use defaults::{Defaults, DefaultsKey, inherited};
pub use definition::{AnswerFile, Profile, Proof};
pub use invalid::InvalidProfile;
pub use lacks::{Lack, lacking};
pub use limits::{Family, LimitProblem, Limits};
pub(crate) use lint::lint_until;
pub(crate) use lint::prove_script;
pub use lint::{LintFault, LintProblem, lint};
pub use loaders::loaders;
pub use login::missing_logins;
pub use media::{MediaFile, MediaLock, MediaPath, MediaSource, PinnedMedia};
pub use password::{InvalidPassword, LOCKED, MAX_PASSWORD, password_hash};
pub use render::{MAX_CHECKED, RenderError, Rendered, ScriptRenderer};
pub(crate) use resolve::plain_secret;
pub use resolve::{Resolved, VariableProblem, resolve};
pub use stand_in::TemplateValues;
pub use syntax::{Misplaced, Syntax, check_places, encode};
pub use terms::{ClaimRule, Reports, Terms};
pub(crate) use texts::{Recipient, Texts};
pub use values::{answer_values, values};
pub use variable::{MAX_LIST, MAX_VARIABLES, Variable, VariableType};
pub use version::ProfileVersion;

pub use crate::script::Firmware;
