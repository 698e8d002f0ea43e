//! What went wrong, for the person at the terminal.

pub(crate) use crate::service::with_causes;
use crate::{
    config::{Config, ConfigError},
    firmware::{FirmwareError, ImportError},
    media::{ImportMediaError, SetError, SyncError},
    runtime::{AccessStartError, RuntimeError, at_hand},
    serve::{BindError, TlsError},
    service::{ServiceError, images::RecipeError, imports::StoppedImport},
};
use ipxe_orch_backends::{local::FileError, sql::OpenError};
use ipxe_orch_core::{
    access_control::AccessError,
    audit::{ChainError, HeadsError},
    boot::ImageScriptError,
    image::ImageError,
    keys::{InvalidKeyFile, SealError},
    names::ProfileName,
    orchestrator::OrchestratorError,
    stores::StoreError,
};
use std::{error::Error, io, path::Path};

/// Why a command was not done; the text names the thing and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CliError {
    /// The command line contradicts itself: exit code 2.
    Usage(String),
    /// It could not be done: exit code 1.
    Failed(String),
    /// There is no such profile in the database; [`explained`](Self::explained) says what helps.
    NoSuchProfile(ProfileName),
    /// The errors were printed already, line by line: exit code 1.
    Shown,
    /// The reader of the output has closed it: exit code 0.
    OutputClosed,
}

pub(crate) type CliResult<T = ()> = Result<T, CliError>;

impl CliError {
    /// The same error, with the action or the thing before its text.
    pub(crate) fn in_context(self, context: impl std::fmt::Display) -> Self {
        match self {
            Self::Usage(text) => Self::Usage(format!("{context}: {text}")),
            Self::Failed(text) => Self::Failed(format!("{context}: {text}")),
            other => other,
        }
    }

    /// With the remedy that depends on the settings.
    pub(crate) fn explained(self, config: &Config) -> Self {
        match self {
            Self::NoSuchProfile(name) => {
                let remedy = profile_remedy(&name, config);
                Self::Failed(format!("there is no profile {name}: {remedy}"))
            }
            other => other,
        }
    }

    /// A file that cannot be read, written or made.
    pub(crate) fn file(verb: &str, path: &Path, error: &io::Error) -> Self {
        Self::Failed(format!("{} cannot be {verb}: {error}", path.display()))
    }
}

/// For a failure with this text.
pub(crate) fn failed<T>(text: impl Into<String>) -> CliResult<T> {
    Err(CliError::Failed(text.into()))
}

macro_rules! from_error {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::Failed(with_causes(&error))
            }
        }
    )+};
}

from_error!(
    AccessError,
    AccessStartError,
    TlsError,
    BindError,
    ChainError,
    ConfigError,
    FileError,
    FirmwareError,
    HeadsError,
    ImageError,
    ImageScriptError,
    ImportError,
    ImportMediaError,
    InvalidKeyFile,
    RecipeError,
    SetError,
    StoreError,
    SyncError,
);

impl From<RuntimeError> for CliError {
    fn from(error: RuntimeError) -> Self {
        let remedy = match &error {
            RuntimeError::NoDatabase { .. } => {
                ": `ipxe-orch database init` makes one, or correct `database` / IPXE_ORCH_DATABASE"
            }
            RuntimeError::NoKeys { .. } => {
                ": restore it from its backup or copy that of another server, or correct `data_dir` / IPXE_ORCH_DATA_DIR and \
                 `database` / IPXE_ORCH_DATABASE"
            }
            RuntimeError::Database { source: OpenError::Outdated { found: 0, .. }, .. } => {
                ": `ipxe-orch database init` makes them"
            }
            RuntimeError::Database { source: OpenError::Outdated { .. }, .. } => {
                ": `ipxe-orch database migrate` brings them up to date"
            }
            _ => "",
        };
        Self::Failed(format!("{}{remedy}", with_causes(&error)))
    }
}

impl<E: Error + 'static> From<ServiceError<E>> for CliError {
    fn from(error: ServiceError<E>) -> Self {
        match error {
            ServiceError::Orchestrator(error) => error.into(),
            ServiceError::Work(error) => {
                let command = work_remedy(&error).unwrap_or_default();
                Self::Failed(format!("{}{command}", with_causes(&error)))
            }
            other => Self::Failed(with_causes(&other)),
        }
    }
}

/// What helps if this profile is not stored: it may be in a folder, and nobody has applied it.
pub(crate) fn profile_remedy(name: &ProfileName, config: &Config) -> &'static str {
    if at_hand(config).versions.iter().any(|version| version.profile().name == *name) {
        "it is in a folder of `profile_dirs`, but not stored: store it with \
         `ipxe-orch profiles apply`"
    } else {
        "see `ipxe-orch profiles list`"
    }
}

/// The command that helps with media: the library names none.
fn work_remedy(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let sync = error.downcast_ref::<SyncError>().and_then(|error| match error {
        SyncError::NoKey => Some(": `ipxe-orch keys rotate --purpose media_sync` makes one"),
        SyncError::UnknownKey { .. } => {
            Some(", with `ipxe-orch keys import FILE --purpose media_sync`")
        }
        SyncError::Lost(_) | SyncError::Wrong(_) => Some(", with `ipxe-orch media verify`"),
        SyncError::Untrusted(..) => Some(": `--ca FILE` names the file"),
        _ => None,
    });
    let missing = error.downcast_ref::<SetError>().and_then(|error| match error {
        SetError::Missing(_) => Some(": see `ipxe-orch media list`"),
        _ => None,
    });
    let stopped = error.downcast_ref::<StoppedImport>();
    let stopped = stopped.map(|_| "; an import of the same file continues");
    sync.or(missing).or(stopped).or_else(|| work_remedy(error.source()?))
}

impl From<OrchestratorError> for CliError {
    fn from(error: OrchestratorError) -> Self {
        if let OrchestratorError::NoSuchProfile(name) = error {
            return Self::NoSuchProfile(name);
        }
        let command = remedy(&error).unwrap_or_default();
        Self::Failed(format!("{}{command}", with_causes(&error)))
    }
}

/// The command that helps: core, which others embed, names none.
fn remedy(error: &OrchestratorError) -> Option<String> {
    Some(match error {
        OrchestratorError::NoSuchHost(_) => ": see `ipxe-orch hosts list`".to_owned(),
        OrchestratorError::NoSuchVariable { profile, .. } => {
            format!(": see `ipxe-orch profiles show {profile}`")
        }
        OrchestratorError::Unfit { host, .. } => format!(
            "\nChange its values with `ipxe-orch hosts set {host}`: --var NAME=VALUE, \
             --secret NAME=@FILE, --unset-var NAME"
        ),
        OrchestratorError::Sealed { error: SealError::UnknownKey(_), .. } => {
            ", with `ipxe-orch keys import FILE --purpose master`".to_owned()
        }
        OrchestratorError::NoImageKey => {
            ", with `ipxe-orch keys rotate --purpose image`".to_owned()
        }
        _ => return None,
    })
}
