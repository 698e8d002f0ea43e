//! Figures.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Figures of a run; each counts up.
        #[derive(Debug, Default)]
        pub(crate) struct Counts {
            $($(#[$doc])* pub(crate) $name: AtomicU64,)+
        }

        impl Counts {
            /// All of them, by name.
            pub(crate) fn all(&self) -> serde_json::Map<String, serde_json::Value> {
                [$((stringify!($name), &self.$name)),+]
                    .into_iter()
                    .map(|(name, count)| (name.to_owned(), get(count).into()))
                    .collect()
            }
        }
    };
}

counts! {
    /// Boots that were begun.
    begun,
    /// Boots that came to their end.
    boots,
    /// Servers killed.
    kills,
    /// Servers of the database killed.
    database_kills,
    /// Requests sent.
    requests,
    /// Requests whose outcome the machine does not know: answer lost, connection broken.
    unknown,
    /// Answers 5xx.
    errors,
    /// Claims that a machine saw granted.
    granted,
    /// Claims that were stored though no machine saw them granted.
    claimed_unseen,
    /// Claims by a report.
    claimed_by_report,
    /// Claims and late requests refused, as they must be.
    refused,
    /// Orders cancelled before their claim.
    cancelled,
    /// Reports acknowledged.
    reports,
    /// Commands of the command line.
    commands,
    /// Audit entries verified while it ran.
    audited,
}

pub(crate) fn add(count: &AtomicU64) -> u64 {
    count.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

impl Counts {
    /// Claims that must be in the database.
    pub(crate) fn claims(&self) -> u64 {
        get(&self.granted)
            .saturating_add(get(&self.claimed_unseen))
            .saturating_add(get(&self.claimed_by_report))
    }

    pub(crate) fn progress(&self) -> String {
        let [boots, kills, database] = [&self.boots, &self.kills, &self.database_kills].map(get);
        let [unknown, errors, audited] = [&self.unknown, &self.errors, &self.audited].map(get);
        let claims = self.claims();
        format!(
            "{boots} boots, {kills} kills, {database} of the database, {claims} claims, {unknown} unknown outcomes, \
             {errors} errors, {audited} audit entries"
        )
    }
}
