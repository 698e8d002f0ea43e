//! Says at an order what would otherwise be found out when the machine boots: that this server
//! lacks what the profile installs.

use super::super::{context::Context, error::CliResult, output::note};
use ipxe_orch_core::names::ProfileName;
use std::collections::BTreeSet;

/// Notes the files and sets that the current versions of these profiles need and this machine has
/// not; no refusal, for other servers may have them.
pub(super) async fn note_missing_media(
    context: &Context,
    profiles: impl IntoIterator<Item = &ProfileName>,
) -> CliResult {
    for profile in profiles.into_iter().collect::<BTreeSet<_>>() {
        let Some(version) = context.profile(profile).await? else { continue };
        let missing = context.missing_media(&version).await;
        if !missing.is_empty() {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            note(format_args!(
                "warning: the media folder here lacks {}, which profile {profile} needs: a server that lacks them offers no install (`ipxe-orch media --help` tells how they get there)",
                missing.join(", ")
            ));
        }
    }
    Ok(())
}
