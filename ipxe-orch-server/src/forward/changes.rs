//! Sinks that were added to the settings, and that were taken out of them.

use super::Forward;
use ipxe_orch_core::{
    audit::{ChainHead, SinkState},
    ids::ChainId,
    stores::StoreError,
};

impl Forward {
    /// Compares the settings with what the database says of the server's own chain and of those that
    /// it forwards. A change is an entry. Sinks that are gone get everything up to this entry.
    pub(super) async fn compare(&self, own: ChainId) -> Result<(), StoreError> {
        let known = self.orchestrator.forwarded().await?;
        let mine = |state: &&SinkState| state.holder == own || state.position.chain == own;
        let gone: Vec<_> = known
            .iter()
            .filter(mine)
            .filter(|state| state.leaving.is_none() && !self.configured.contains_key(&state.sink))
            .collect();
        let is_new =
            |id| !known.iter().any(|state| state.sink == id && state.position.chain == own);
        let new: Vec<_> = self.configured.iter().filter(|(id, _)| is_new(**id)).collect();
        self.come_back(&known, own).await?;
        if gone.is_empty() && new.is_empty() {
            return Ok(());
        }
        let mut said: Vec<_> = gone.iter().map(|state| told("removed", state)).collect();
        said.extend(new.iter().map(|(_, sink)| {
            let options = sink.options();
            format!("added {} at {}", options.name, options.address)
        }));
        said.sort();
        said.dedup();
        let end = self.orchestrator.note_sinks(said.join(", ")).await?;
        let now = self.orchestrator.now();
        for (_, sink) in new {
            // A sink that has moved goes on where it was.
            let before = gone
                .iter()
                .find(|state| state.name == sink.options().name && state.position.chain == own);
            let start = before.map_or(ChainHead::empty(own), |state| state.position);
            self.put_new(sink, start, own, now).await?;
        }
        for state in gone {
            // What it gets of other chains ends where it is: they say nothing of this change.
            let own_end = state.position.chain == own;
            let last = if own_end { end.sequence } else { state.position.sequence };
            let leaving = SinkState { leaving: Some(last), ..state.renewed(own, now) };
            self.orchestrator.put_forwarded(&leaving).await?;
        }
        Ok(())
    }

    /// A sink that left and is configured again, before it had got everything.
    async fn come_back(&self, known: &[SinkState], own: ChainId) -> Result<(), StoreError> {
        for state in known.iter().filter(|state| {
            state.leaving.is_some()
                && state.holder == own
                && self.configured.contains_key(&state.sink)
        }) {
            let back = SinkState { leaving: None, ..state.renewed(own, self.orchestrator.now()) };
            self.orchestrator.put_forwarded(&back).await?;
        }
        Ok(())
    }
}

/// The address without what else there is in a definition.
fn told(what: &str, state: &SinkState) -> String {
    let address = ipxe_orch_backends::syslog::SinkOptions::from_definition(&state.definition)
        .map_or_else(|_| "an unknown address".to_owned(), |options| options.address);
    format!("{what} {} at {address}", state.name)
}
