//! What went wrong, for the person at the terminal.

pub(crate) use crate::service::with_causes;
use crate::{
    config::ConfigError,
    firmware::{FirmwareError, ImportError},
    media::{ImportMediaError, SetError, SyncError},
    runtime::RuntimeError,
    serve::BindError,
    service::{ServiceError, images::RecipeError},
};
use ipxe_orch_backends::local::FileError;
use ipxe_orch_core::{
    audit::{ChainError, HeadsError},
    boot::ImageScriptError,
    image::ImageError,
    keys::InvalidKeyFile,
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
    /// It was said already, line by line: exit code 1.
    Shown,
    /// Nobody reads the output any more: exit code 0.
    OutputClosed,
}

pub(crate) type CliResult<T = ()> = Result<T, CliError>;

impl CliError {
    /// With what was tried, or with which thing, before it.
    pub(crate) fn in_context(self, context: impl std::fmt::Display) -> Self {
        match self {
            Self::Usage(text) => Self::Usage(format!("{context}: {text}")),
            Self::Failed(text) => Self::Failed(format!("{context}: {text}")),
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
    OrchestratorError,
    RecipeError,
    RuntimeError,
    SetError,
    StoreError,
    SyncError,
);

impl<E: Error + 'static> From<ServiceError<E>> for CliError {
    fn from(error: ServiceError<E>) -> Self {
        Self::Failed(with_causes(&error))
    }
}
