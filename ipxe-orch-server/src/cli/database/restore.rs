//! `database restore`

use super::{
    super::{
        context::Session,
        error::{CliError, CliResult},
        output::note,
        user,
    },
    progress::{Told, rows, warn},
};
use crate::{
    runtime::copy_end,
    service::databases::{RestoreDatabase, restore},
    view::CopiedView,
};
use clap::Args;
use ipxe_orch_backends::local::{DataDir, SystemClock, SystemRandom};
use ipxe_orch_core::{auth::OperatorAuthorizer, time::Clock as _};
use std::{path::PathBuf, sync::Arc};

#[derive(Debug, Args)]
pub(in crate::cli) struct RestoreArgs {
    /// The file that `database backup` has made
    file: PathBuf,
}

pub(super) async fn run(args: RestoreArgs, session: Session) -> CliResult {
    let file = args.file;
    if let Err(error) = std::fs::metadata(&file) {
        return Err(CliError::file("read", &file, &error));
    }
    let (config, out) = (&session.config, session.out);
    let folder = DataDir::open(&config.data_dir.value)?;
    let database = &config.database.value;
    let request = RestoreDatabase {
        file: file.clone(),
        to: copy_end(config)?,
        scratch: folder.path().to_owned(),
        chain: folder.chain_id(&SystemClock, &SystemRandom)?,
        now: SystemClock.now(),
    };
    let mut told = Told::default();
    let progress = |progress| told.tell(progress);
    // There is no database yet that could say who may do this: the operator of the machine may.
    let authorizer = session.authorizer.unwrap_or_else(|| Arc::new(OperatorAuthorizer));
    let copied = restore(&*authorizer, &user::caller(), request, progress).await?;
    warn(&copied);
    if !folder.keys().exists() {
        note(format_args!("its keys are missing: restore {} as well", folder.keys().display()));
    }
    let from = file.display();
    if out.json {
        let view = CopiedView::new(from.to_string(), database.to_string(), false, &copied);
        return out.json(&view);
    }
    out.line(format_args!("{database} has all {} rows of {from}", rows(&copied)))?;
    note(
        "it lacks what was done since the backup: nothing is installed with it until \
         `ipxe-orch database accept-restore`",
    );
    Ok(())
}
