//! What every store must do: plain functions, and a macro that makes a test of each.
//!
//! ```
//! use ipxe_orch_core::{ids::{ChainId, Epoch}, memory::MemoryStore};
//!
//! async fn fresh() -> std::sync::Arc<MemoryStore> {
//!     let epoch = Epoch(uuid::Uuid::nil());
//!     std::sync::Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16])))
//! }
//!
//! ipxe_orch_core::conformance_suite!(fresh);
//! ```
//! A case panics with what it found. It needs a store of its own, empty at the start.

#![expect(clippy::missing_panics_doc, reason = "every case panics with what it found")]

mod audit;
mod bench;
mod defaults;
mod discovered;
mod history;
mod hosts;
mod identity;
mod images;
mod lease;
mod overdue;
mod pausing;
mod profiles;
mod promises;
mod removed;
mod rows;
mod scopes;
mod templates;
mod walk;

pub use audit::{
    a_task_is_audited_before_its_work, denied_attempts_leave_an_entry,
    entries_are_appended_together, every_change_leaves_an_entry, how_it_ended_is_in_the_entry,
    the_chain_verifies, the_head_is_the_last_entry,
};
pub use bench::Bench;
pub use defaults::{
    defaults_are_for_who_may_change_their_hosts, defaults_are_replaced_as_they_were_seen,
};
pub use discovered::{
    a_discovered_machine_is_approved, a_machine_is_discovered_once,
    a_swapped_board_is_learnt_again, discovered_machines_are_bounded,
};
pub use history::play;
pub use hosts::{
    a_host_survives_as_it_was_put, a_taken_name_mac_or_address_is_named,
    an_edit_of_an_old_generation_is_a_conflict, an_edit_of_what_was_changed_meanwhile_is_refused,
    an_import_is_all_or_nothing, hosts_may_exchange_names_and_addresses,
    lists_are_ordered_paged_and_filtered, what_a_grant_does_not_cover_is_not_there,
};
pub use identity::{an_answer_file_that_fails_spends_nothing, contradictions_are_told_nothing};
pub use images::images_of_all_hosts_are_audited;
pub use lease::{
    a_change_of_another_epoch_is_a_conflict, a_mark_id_is_used_once, a_stale_change_is_a_conflict,
    an_earlier_attempt_is_joined_only, an_install_from_mark_to_done,
    concurrent_boots_are_one_attempt, concurrent_claims_are_one,
    only_a_claimed_earlier_attempt_of_the_host_is_joined, repeated_reports_are_one,
    the_lease_survives_as_it_was_written, the_same_generation_with_another_attempt_is_a_conflict,
};
pub use overdue::{
    what_has_ended_is_not_overdue, what_is_overdue_is_listed_in_order,
    what_is_overdue_is_told_of_once,
};
pub use pausing::{Fault, PausingStore};
pub use profiles::{
    a_faulty_profile_is_refused, a_pinned_version_stays, a_profile_is_for_all_hosts,
    pinned_media_are_kept,
};
pub use promises::{a_repeated_order_is_one_order, an_offer_stays_the_same_through_edits};
pub use removed::{
    a_host_at_work_is_not_removed, a_removed_host_leaves_its_id,
    the_history_of_a_removed_host_stays,
};
pub use rows::{
    a_cancel_closes_mark_and_offer, a_clock_that_is_behind_offers_nothing, a_mark_for_later_waits,
    a_mark_that_ran_out_is_closed, a_mark_that_was_never_offered_says_how_it_ended,
    a_release_restores_nothing, a_report_claims_what_was_not_claimed, a_silent_install_is_closed,
    a_withdrawn_offer_makes_way_for_another, an_abandoned_install_may_still_be_done,
    an_answer_file_claims_where_it_is_the_rule, an_install_that_falls_silent_has_timed_out,
    an_order_conflicts_with_what_stands, each_step_of_an_install_counts_once,
    every_row_of_the_table_decides, live_media_go_on_after_the_claim,
    offers_are_counted_and_used_up,
};
pub use scopes::{
    a_scope_of_several_sites_is_each_of_them, a_ticket_shows_its_own_attempt_only,
    alerts_are_listed_alone, only_hosts_in_the_scope_are_seen, only_hosts_in_the_scope_are_written,
    only_who_may_mark_arms_a_new_host, the_newest_event_comes_first,
};
pub use templates::{a_template_that_fails_spends_nothing, an_order_is_rehearsed};

/// Makes a test of every case; `$fresh` is an `async fn` that gives an empty store in an `Arc`.
#[macro_export]
macro_rules! conformance_suite {
    ($fresh:path) => {
        $crate::conformance_suite! { $fresh =>
            a_host_survives_as_it_was_put
            a_taken_name_mac_or_address_is_named
            an_import_is_all_or_nothing
            an_edit_of_an_old_generation_is_a_conflict
            lists_are_ordered_paged_and_filtered
            what_a_grant_does_not_cover_is_not_there
            hosts_may_exchange_names_and_addresses
            an_edit_of_what_was_changed_meanwhile_is_refused
            a_ticket_shows_its_own_attempt_only
            a_scope_of_several_sites_is_each_of_them
            only_who_may_mark_arms_a_new_host
            only_hosts_in_the_scope_are_seen
            only_hosts_in_the_scope_are_written
            the_newest_event_comes_first
            alerts_are_listed_alone
            only_a_claimed_earlier_attempt_of_the_host_is_joined
            an_install_from_mark_to_done
            the_lease_survives_as_it_was_written
            concurrent_boots_are_one_attempt
            concurrent_claims_are_one
            repeated_reports_are_one
            a_stale_change_is_a_conflict
            the_same_generation_with_another_attempt_is_a_conflict
            a_change_of_another_epoch_is_a_conflict
            a_mark_id_is_used_once
            an_earlier_attempt_is_joined_only
            a_cancel_closes_mark_and_offer
            a_clock_that_is_behind_offers_nothing
            a_mark_for_later_waits
            a_mark_that_ran_out_is_closed
            a_mark_that_was_never_offered_says_how_it_ended
            a_release_restores_nothing
            a_report_claims_what_was_not_claimed
            a_silent_install_is_closed
            a_withdrawn_offer_makes_way_for_another
            an_abandoned_install_may_still_be_done
            an_answer_file_claims_where_it_is_the_rule
            an_install_that_falls_silent_has_timed_out
            an_order_conflicts_with_what_stands
            each_step_of_an_install_counts_once
            every_row_of_the_table_decides
            live_media_go_on_after_the_claim
            offers_are_counted_and_used_up
            contradictions_are_told_nothing
            a_template_that_fails_spends_nothing
            an_order_is_rehearsed
            an_answer_file_that_fails_spends_nothing
            a_discovered_machine_is_approved
            a_host_at_work_is_not_removed
            a_machine_is_discovered_once
            a_removed_host_leaves_its_id
            a_swapped_board_is_learnt_again
            discovered_machines_are_bounded
            the_history_of_a_removed_host_stays
            every_change_leaves_an_entry
            how_it_ended_is_in_the_entry
            denied_attempts_leave_an_entry
            a_task_is_audited_before_its_work
            entries_are_appended_together
            images_of_all_hosts_are_audited
            the_chain_verifies
            the_head_is_the_last_entry
            what_has_ended_is_not_overdue
            what_is_overdue_is_listed_in_order
            what_is_overdue_is_told_of_once
            a_pinned_version_stays
            pinned_media_are_kept
            a_profile_is_for_all_hosts
            a_faulty_profile_is_refused
            defaults_are_replaced_as_they_were_seen
            defaults_are_for_who_may_change_their_hosts
            an_offer_stays_the_same_through_edits
            a_repeated_order_is_one_order
        }
    };
    ($fresh:path => $($case:ident)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            $crate::conformance::$case($crate::conformance::Bench::new($fresh().await)).await;
        }
    )+};
}
