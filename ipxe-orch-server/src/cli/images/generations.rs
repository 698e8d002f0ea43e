//! `images rotate` and `images revoke`

use crate::{
    cli::{
        confirm::confirm, context::Session, each::Each, error::CliResult,
        hosts::select::SelectArgs, output::note,
    },
    service::ServiceError,
    view::ImageGenerationView,
};
use clap::Args;
use ipxe_orch_core::{
    ids::ImageGeneration,
    names::HostName,
    orchestrator::OrchestratorError,
    stores::{HostKey, HostRecord},
};

const ROTATE: &str = "\
Examples:
  # A new image of web1; the attached one still counts
  ipxe-orch images rotate web1
  ipxe-orch images build --outdated --out images/
  # Once the new image is attached, the old one is refused
  ipxe-orch images revoke web1

A new generation has a new boot secret, made with the active image key.";

const REVOKE: &str = "\
Examples:
  ipxe-orch images revoke web1
  # After an image was stolen; the host boots its disk until it has the new one
  ipxe-orch images rotate web1 && ipxe-orch images revoke web1 --yes
  ipxe-orch images build --host web1 --out web1.iso

Images of earlier generations, and those that were made with an earlier key, are refused from \
now on. If somebody else has the image key itself, retire it: `ipxe-orch keys retire`.";

#[derive(Debug, Args)]
#[command(after_help = ROTATE)]
pub(in crate::cli) struct RotateArgs {
    #[command(flatten)]
    select: SelectArgs,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = REVOKE)]
pub(in crate::cli) struct RevokeArgs {
    #[command(flatten)]
    select: SelectArgs,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

pub(super) async fn rotate(args: RotateArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let hosts = args.select.hosts(&context).await?;
    let service = context.runtime.image_service();
    let (mut each, mut rotated) = (Each::new(&context), false);
    for host in hosts {
        let key = HostKey::Id(host.id);
        let done = service.rotate(&context.caller, &key, args.reason.clone()).await;
        rotated |= done.is_ok();
        told(&mut each, &host, done, |name, now| {
            format!("the image of host {name} has generation {now}")
        })?;
    }
    if rotated {
        note(
            "earlier images still count: make the new ones with `ipxe-orch images build --outdated \
             --out DIR`, attach them, then `ipxe-orch images revoke`",
        );
    }
    each.end()
}

pub(super) async fn revoke(args: RevokeArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let hosts = args.select.hosts(&context).await?;
    confirm(args.yes, &question(&hosts))?;
    let service = context.runtime.image_service();
    let mut each = Each::new(&context);
    for host in hosts {
        let key = HostKey::Id(host.id);
        let done = service.revoke(&context.caller, &key, args.reason.clone()).await;
        told(&mut each, &host, done, |name, now| {
            format!("host {name} is only believed with its image of generation {now}")
        })?;
    }
    each.end()
}

/// Says what came of one host. `text`: its name, and the generation of its image now.
fn told(
    each: &mut Each<'_, ImageGenerationView>,
    host: &HostRecord,
    done: Result<HostRecord, ServiceError>,
    text: impl FnOnce(&HostName, ImageGeneration) -> String,
) -> CliResult {
    match done {
        Ok(after) => {
            let text = text(&host.spec.name, after.image_generation);
            each.done(ImageGenerationView::from(&after), text)?;
        }
        Err(ServiceError::Orchestrator(OrchestratorError::NothingToDo(why))) => {
            each.nothing(ImageGenerationView::from(host), why);
        }
        Err(error) => each.refused(&host.spec.name, error),
    }
    Ok(())
}

/// Who has no newer image boots its own disk.
fn question(hosts: &[HostRecord]) -> String {
    let built = |host: &&HostRecord| {
        let newest = host.image.as_ref().map(|build| (build.generation, build.key));
        newest != Some((host.image_generation, host.image_key))
    };
    let without: Vec<_> =
        hosts.iter().filter(built).map(|host| host.spec.name.to_string()).collect();
    let text = "A machine that boots from an earlier image boots its own disk from now on.";
    if without.is_empty() {
        return text.to_owned();
    }
    format!("{text} No newer image was made here of: {}.", without.join(", "))
}
