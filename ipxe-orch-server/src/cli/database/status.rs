//! `database status`

use super::super::{context::Session, error::CliResult};
use crate::{
    runtime,
    view::{DatabaseStatusView, SchemaState},
};

pub(super) async fn run(session: Session) -> CliResult {
    let (config, out) = (session.config, session.out);
    let schema = runtime::schema(&config).await?;
    let database = config.database.value.url();
    let view = DatabaseStatusView::new(database, &schema);
    if out.json {
        return out.json(&view);
    }
    out.line(format_args!("{database}"))?;
    let DatabaseStatusView { found, known, missing, .. } = &view;
    match view.state {
        SchemaState::Empty => out.line("it has no tables: `ipxe-orch database init` makes them"),
        SchemaState::Ready => out.line(format_args!("its tables are up to date: schema {found}")),
        SchemaState::Outdated => {
            let missing = missing.join(", ");
            out.line(format_args!(
                "its tables are of schema {found}, and this program needs {known}: `ipxe-orch \
                 database migrate` adds {missing}"
            ))
        }
        SchemaState::Newer => out.line(format_args!(
            "its tables are of schema {found}, made by a newer ipxe-orch; this one knows {known}, \
             and works with them"
        )),
    }
}
