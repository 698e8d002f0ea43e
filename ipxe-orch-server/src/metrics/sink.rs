//! Counts what happens at boot.

use super::{Metrics, families::Event};
use ipxe_orch_core::{
    auth::{Granted, Record},
    orchestrator::EventSink,
    stores::BootEvent,
};
use std::sync::Arc;

/// It sees each event, also those that the queue behind it counts together.
pub(super) struct CountingSink {
    pub(super) metrics: Arc<Metrics>,
    pub(super) sink: Arc<dyn EventSink>,
}

impl EventSink for CountingSink {
    fn record(&self, grant: &Granted<Record>, event: BootEvent) {
        let families = &self.metrics.families;
        families.boot_events.get_or_create(&Event { event: event.kind.name() }).inc();
        if event.alert {
            families.boot_alerts.inc();
        }
        self.sink.record(grant, event);
    }
}
