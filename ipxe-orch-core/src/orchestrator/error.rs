//! Why something was not done.

use crate::{
    boot::{BadRequest, ImageScriptError},
    keys::SealError,
    names::{HostName, ProfileName, VariableName},
    profile::{Firmware, RenderError},
    stores::StoreError,
};

/// Why something was not done. The text is for the person who asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrchestratorError {
    /// The actor has no permission.
    #[error("{0}")]
    Denied(String),
    /// There is no such host, or the actor may not see it.
    #[error("there is no host {0}")]
    NoSuchHost(String),
    /// The state does not allow it now. The text says what to do.
    #[error("{0}")]
    Refused(String),
    /// It is so already, and nothing was changed. The text describes the state.
    #[error("{0}")]
    NothingToDo(String),
    /// Somebody changed it since the person looked at it.
    #[error("{0} was changed meanwhile: look again, then repeat what still applies")]
    Changed(String),
    /// There is no such profile.
    #[error("there is no profile {0}")]
    NoSuchProfile(ProfileName),
    /// The profile has no such variable.
    #[error("variable `{name}`: profile {profile} has no such variable")]
    NoSuchVariable {
        /// The profile.
        profile: ProfileName,
        /// The variable.
        name: VariableName,
    },
    /// The values of a host do not fit its profile. The text names each problem.
    #[error("host {host}, profile {profile}: {problems}")]
    Unfit {
        /// The host.
        host: HostName,
        /// Its profile.
        profile: ProfileName,
        /// The problems, joined by `; `.
        problems: String,
    },
    /// The input is wrong.
    #[error("{0}")]
    Invalid(String),
    /// Not a boot request.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// A profile's template fails: nothing was written.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// No image can be made.
    #[error(transparent)]
    Image(#[from] ImageScriptError),
    /// No image can be made: there is no active image key.
    #[error("there is no active image key: rotate the image keys to make one")]
    NoImageKey,
    /// A file of the profile is not in the media library.
    #[error("profile {profile} needs the file {path}, which is not in the media folder")]
    MissingMedia {
        /// The profile.
        profile: String,
        /// The file.
        path: String,
    },
    /// A secret of a host stays sealed, or cannot be sealed.
    #[error("variable `{name}`: {error}")]
    Sealed {
        /// The variable.
        name: VariableName,
        /// The error behind it.
        error: SealError,
    },
    /// The profile's script does not boot on the machine's firmware: it boots its own disk.
    #[error("the profile does not boot on {0}")]
    Unsupported(Firmware),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OrchestratorError {
    /// Whether it is about one host, so that others may be imported in spite of it.
    pub(super) const fn is_of_one_host(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::Changed(_)
            | Self::NoSuchProfile(_)
            | Self::NoSuchVariable { .. }
            | Self::Unfit { .. }
            | Self::Invalid(_)
            | Self::Render(_)
            | Self::Sealed { .. } => true,
            Self::Denied(_)
            | Self::NoSuchHost(_)
            | Self::NothingToDo(_)
            | Self::BadRequest(_)
            | Self::Image(_)
            | Self::NoImageKey
            | Self::MissingMedia { .. }
            | Self::Unsupported(_)
            | Self::Store(_) => false,
        }
    }
}
