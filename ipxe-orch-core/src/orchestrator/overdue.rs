//! Reports what is overdue. A lease changes only when its machine or a person asks.

use super::Orchestrator;
use crate::{
    auth::{Granted, Origin, SeeHosts},
    stores::{BootEvent, BootEventKind, OverdueFilter, OverdueHost, OverdueKey, StoreError},
};

impl Orchestrator {
    /// Records an event with an alert for everything that is overdue and comes after `last`. Then
    /// `last` is the last of them. So a caller that keeps `last` and calls again and again reports
    /// each thing once. This changes no lease.
    ///
    /// # Errors
    /// [`StoreError`]. `last` is right then, too, so that the next call continues from there.
    pub async fn tell_overdue(&self, last: &mut Option<OverdueKey>) -> Result<(), StoreError> {
        let grant = Granted::<SeeHosts>::background("sweep");
        let mut filter = OverdueFilter::new(self.parts.clock.now(), self.limits.claim_wait);
        loop {
            filter.after = *last;
            let page = self.parts.store.list_overdue(&grant, &filter).await?;
            let Some(end) = page.last().map(OverdueHost::key) else { return Ok(()) };
            for overdue in page {
                self.event(self.event_of(overdue));
            }
            *last = Some(end);
        }
    }

    fn event_of(&self, overdue: OverdueHost) -> BootEvent {
        let OverdueHost { since, host, what, name, attempt } = overdue;
        let (origin, kind) = (Origin("sweep".to_owned()), BootEventKind::Overdue { what, since });
        let event = BootEvent::new(self.parts.clock.now(), origin, kind);
        BootEvent { host: Some(host), host_name: Some(name), attempt, alert: true, ..event }
    }
}
