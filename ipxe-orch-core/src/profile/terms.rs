//! What a profile decides about marks, deadlines and firmware.

use super::InvalidProfile;
use crate::script::Firmware;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// When a mark is used up, how long an install may take, and on which firmware it boots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// The step that counts as the claim.
    pub claim: ClaimRule,
    /// Whether the installer sends reports.
    pub reports: Reports,
    /// The time from the claim to the first answer file or report, in minutes: 1 to 10,080 (a
    /// week).
    pub start_minutes: u32,
    /// The time from then to the end of the install, in minutes: 1 to 10,080 (a week).
    pub install_minutes: u32,
    /// The firmware on which its script boots. On any other firmware the machine boots its own
    /// disk, and an event tells so.
    pub firmware: BTreeSet<Firmware>,
}

/// The step that counts as the claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClaimRule {
    /// The script claims before it boots the installer, while iPXE can still go to the local disk.
    #[default]
    Boot,
    /// The first request for an answer file is the claim. This protects less against cloned
    /// machines.
    AnswerFile,
}

/// Whether the installer sends reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reports {
    /// Reports are expected. An install without them has failed.
    #[default]
    Required,
    /// There are no reports. The attempt ends with its claim, as for rescue systems and live media.
    None,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            claim: ClaimRule::Boot,
            reports: Reports::Required,
            start_minutes: 15,
            install_minutes: 120,
            firmware: Firmware::ALL.into(),
        }
    }
}

impl Terms {
    /// Whether the first request for an answer file is the claim.
    pub fn claims_by_answer(&self) -> bool {
        self.claim == ClaimRule::AnswerFile
    }

    /// Whether the attempt ends with its claim.
    pub fn never_reports(&self) -> bool {
        self.reports == Reports::None
    }

    /// Whether the script boots on this firmware. An unknown firmware may try.
    pub fn boots_on(&self, firmware: Option<Firmware>) -> bool {
        firmware.is_none_or(|firmware| self.firmware.contains(&firmware))
    }

    /// The time from the claim to the first sign of the installer.
    pub fn start_deadline(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.start_minutes))
    }

    /// The time from a sign of the installer to its end.
    pub fn install_deadline(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.install_minutes))
    }

    pub(super) fn check(&self) -> Result<(), InvalidProfile> {
        if self.firmware.is_empty() {
            return Err(InvalidProfile::NoFirmware);
        }
        let both =
            [("start deadline", self.start_minutes), ("install deadline", self.install_minutes)];
        match both.into_iter().find(|(_, minutes)| !(1..=10_080).contains(minutes)) {
            Some((what, minutes)) => Err(InvalidProfile::Deadline { what, minutes }),
            None => Ok(()),
        }
    }
}
