//! The macros that make a test of each case.

/// Makes one `#[test]` for each store case.
///
/// - `store_suite!(fresh)` is for a store whose data is lost with it. `fresh` is an `async fn` that
///   returns a new, empty store in an `Arc`.
/// - `store_suite!(fresh, reopen = reopen)` is for all other stores. `fresh` returns the store and
///   the place of its data, such as a temporary folder or the URL of a database. `reopen` is an
///   `async fn` that opens the data of a place once more.
///
/// The cases use `reopen` to get a second handle while the first one is open, and to get a new
/// handle after all others were dropped. The place is dropped at the end of the case.
///
/// A store that needs a server which is not always there adds `skip = skipped`: a `fn` that says on
/// the standard error output why nothing can be tested, and returns `true` then.
///
/// ```
/// use ipxe_orch_core::{
///     ids::{ChainId, Epoch},
///     memory::MemoryStore,
/// };
/// use std::sync::Arc;
///
/// // The place of this store is the store itself; that of yours is a folder, or a URL.
/// async fn fresh() -> (Arc<MemoryStore>, Arc<MemoryStore>) {
///     let store = MemoryStore::new(Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16]));
///     let place = Arc::new(store);
///     (Arc::clone(&place), place)
/// }
///
/// async fn reopen(place: &Arc<MemoryStore>) -> Arc<MemoryStore> {
///     Arc::clone(place)
/// }
///
/// ipxe_orch_core::store_suite!(fresh, reopen = reopen);
/// ```
#[macro_export]
macro_rules! store_suite {
    ($fresh:path) => {
        $crate::store_cases! { [$fresh] }
    };
    ($fresh:path, reopen = $reopen:path $(, skip = $skip:path)?) => {
        $crate::store_cases! { [$fresh, $reopen $(, $skip)?] }
        $crate::conformance_tests! { [$fresh, $reopen $(, $skip)?]
            store::reopened {
                attempts_are_there_after_reopening
                claims_are_there_after_reopening
                hosts_are_there_after_reopening
                marks_are_there_after_reopening
                profiles_and_defaults_are_there_after_reopening
                rules_hold_after_reopening
                the_audit_goes_on_after_reopening
            }
        }
    };
}

/// The store cases for which it does not matter whether the data can be opened again.
#[doc(hidden)]
#[macro_export]
macro_rules! store_cases {
    ($how:tt) => {
        $crate::conformance_tests! { $how
            store::accepted {
                a_database_is_accepted_once
                nothing_from_before_an_acceptance_is_written_after_it
            }
            store::attempts {
                an_earlier_attempt_that_never_ended_is_joined
                an_offer_is_counted_once
                only_a_claimed_earlier_attempt_of_the_host_is_joined
                only_an_open_offer_is_counted
                the_better_outcome_is_joined
            }
            store::audit {
                a_change_without_an_entry_leaves_none
                an_entry_comes_back_as_it_was_written
                each_write_leaves_its_entries
                pages_of_the_audit_join
                the_chain_verifies
                the_head_is_the_last_entry
            }
            store::between {
                a_build_does_not_undo_a_revocation
                a_machine_that_is_registered_meanwhile_is_not_discovered
                a_machine_that_is_seen_at_once_is_counted_each_time
                builds_that_are_recorded_at_once_all_count
                checks_at_once_all_succeed
                versions_that_are_put_at_once_are_all_there
            }
            store::claims {
                a_mark_is_claimed_once
                a_refused_claim_spends_nothing
            }
            store::clashes {
                a_mac_is_of_one_host
                a_name_is_of_one_host
                an_ipv4_address_is_of_one_host_of_a_site
                an_ipv6_address_is_of_one_host_of_a_site
                hosts_of_one_call_clash_as_well
                hosts_that_clash_are_found
                hosts_that_clash_are_found_within_the_grant
                nics_of_one_host_may_share_an_address
                what_an_edit_gives_up_is_free
            }
            store::defaults {
                defaults_are_for_who_may_change_their_hosts
                defaults_are_seen_by_who_may_see_a_host
                defaults_come_back_with_the_next_generation
                only_defaults_that_were_looked_at_are_replaced
            }
            store::discovered {
                a_host_is_not_discovered
                a_machine_is_discovered_once_and_counted
                discovered_machines_are_bounded
                discovered_machines_are_for_who_may_see_all
                the_last_seen_machine_comes_first
            }
            store::dropped {
                a_dropped_change_is_written_with_its_entry
                dropped_defaults_and_entries_are_written_wholly
                hosts_of_a_dropped_call_are_written_together
            }
            store::events {
                alerts_are_listed_alone
                a_list_has_a_thousand_events_at_most
                events_come_back_as_they_were_recorded
                events_of_one_moment_are_in_their_order
                events_of_strangers_are_bounded_and_displace_no_others
                events_that_are_recorded_at_once_are_all_there
                only_wanted_events_are_listed
                the_newest_event_comes_first
            }
            store::handles {
                a_second_handle_refuses_what_is_stale
                a_second_handle_refuses_what_is_taken
                a_second_handle_sees_each_write_at_once
                two_handles_see_each_other
                two_handles_share_the_audit
            }
            store::boots {
                a_boot_is_decided_by_the_host_as_it_is
            }
            store::hosts {
                a_host_at_work_is_not_removed
                a_host_comes_back_as_it_was_put
                a_host_may_stand_twice_in_a_call
                a_host_that_is_not_there_is_not_found
                a_put_of_another_epoch_is_a_conflict
                an_edit_changes_the_specification_alone
                hosts_may_exchange_names_and_addresses
                only_what_was_looked_at_is_edited_or_removed
            }
            store::ids {
                the_id_of_a_host_is_used_once
                the_id_of_a_mark_is_used_once
                the_id_of_an_attempt_is_used_once
                the_mark_of_a_new_host_is_registered
            }
            store::image_keys {
                a_build_with_another_key_keeps_the_earlier_one
                a_newer_image_is_enrolled_with_an_edit
                images_are_rotated_and_revoked
                only_who_manages_keys_says_which_images_count
            }
            store::images {
                a_build_is_kept_and_nothing_else_changes
                a_build_of_another_epoch_is_a_conflict
                builds_of_other_hosts_are_left_out
                edits_and_changes_keep_the_build
            }
            store::leases {
                a_change_from_before_an_edit_is_a_conflict
                a_change_of_another_epoch_is_a_conflict
                a_change_that_contradicts_itself_is_invalid
                a_lease_comes_back_as_it_was_written
                a_lease_is_written_only_as_it_was_looked_at
                a_removed_host_takes_late_reports
                a_standing_mark_stays
                an_earlier_attempt_stays_as_it_was
                the_lease_of_nobody_is_not_found
            }
            store::lists {
                a_page_has_a_thousand_hosts_at_most
                hosts_are_listed_by_the_bytes_of_their_names
                hosts_are_listed_by_the_start_of_their_names
                hosts_are_listed_by_their_state
                only_wanted_hosts_are_listed
                pages_of_hosts_join
            }
            store::overdue {
                a_page_has_a_thousand_overdue_hosts_at_most
                pages_of_what_is_overdue_join
                what_has_ended_is_not_overdue
                what_is_overdue_is_listed_in_its_order
            }
            store::policies {
                a_changed_policy_keeps_what_was_armed
                a_mark_takes_a_place_of_its_limit
                hosts_of_one_call_take_their_places_together
                no_place_of_a_limit_is_taken_twice
                only_a_policy_that_was_looked_at_is_changed
                policies_are_changed_by_who_manages_access
                policies_come_back_with_the_next_generation
            }
            store::profiles {
                a_profile_is_for_all_hosts
                a_profile_that_is_not_there_is_none
                each_version_stays_and_the_last_put_is_current
                pinned_media_come_back
                profiles_are_listed_by_name
            }
            store::pruned {
                a_checkpoint_that_does_not_fit_changes_nothing
                old_entries_give_way_to_a_checkpoint
            }
            store::races {
                entries_that_are_appended_at_once_are_all_there
                one_of_many_claims_wins
                one_of_many_counts_wins
                one_of_many_edits_wins
                one_of_many_hosts_gets_the_mac
                one_of_many_hosts_gets_the_mark
                one_of_many_hosts_gets_the_name
                one_of_many_late_reports_wins
                one_of_many_marks_wins
                one_of_many_offers_wins
                one_of_many_writes_of_defaults_wins
            }
            store::refused {
                nothing_is_kept_of_a_change_that_is_refused
                nothing_is_kept_of_hosts_that_are_refused
                nothing_is_kept_of_values_that_are_refused
            }
            store::removed {
                a_removed_host_is_not_discovered
                a_removed_host_is_not_overdue
                a_removed_host_is_not_there
                the_history_of_a_removed_host_is_found
                what_a_removed_host_had_is_free
                who_saw_the_history_of_a_host_sees_it_still
            }
            store::scopes {
                a_scope_of_several_sites_is_each_of_them
                a_scope_within_another_one_is_both_of_them
                a_ticket_shows_its_own_attempt_only
                only_hosts_in_the_scope_are_removed
                only_hosts_in_the_scope_are_seen
                only_hosts_in_the_scope_are_written
                only_who_may_mark_arms_a_new_host
            }
            store::sealed {
                new_values_take_the_place_of_sealed_ones
                sealed_pins_are_for_all_hosts
                sealed_pins_are_listed_wherever_they_are
            }
            store::sinks { a_position_is_written_only_as_it_was_looked_at }
            store::together {
                a_change_is_seen_with_its_entry
                entries_of_a_call_are_seen_together
                hosts_of_a_call_are_seen_together
            }
        }
    };
}

/// Makes one `#[test]` for each case: the store cases and the orchestrator cases. It takes the same
/// arguments as [`store_suite!`](crate::store_suite).
#[macro_export]
macro_rules! conformance_suite {
    ($fresh:path) => {
        $crate::store_suite! { $fresh }
        $crate::orchestrator_cases! { [$fresh] }
    };
    ($fresh:path, reopen = $reopen:path $(, skip = $skip:path)?) => {
        $crate::store_suite! { $fresh, reopen = $reopen $(, skip = $skip)? }
        $crate::orchestrator_cases! { [$fresh, $reopen $(, $skip)?] }
    };
}

/// The orchestrator cases.
#[doc(hidden)]
#[macro_export]
macro_rules! orchestrator_cases {
    ($how:tt) => {
        $crate::conformance_tests! { $how
            orchestrator::addresses {
                a_claim_remembers_its_address
                a_late_report_from_another_address_is_told
                addresses_of_the_host_are_no_others
                another_address_than_the_claims_is_told_once
                what_is_refused_tells_no_other_address
            }
            orchestrator::approvals {
                a_repeated_order_takes_one_place
                an_order_says_what_policies_want
                beyond_a_limit_orders_wait
                first_boots_obey_policies
            }
            orchestrator::audit {
                a_task_is_audited_before_its_work
                denied_attempts_leave_an_entry
                every_change_leaves_an_entry
                how_it_ended_is_in_the_entry
            }
            orchestrator::defaults { defaults_of_others_are_denied }
            orchestrator::discovered {
                a_discovered_machine_is_approved
                a_machine_is_discovered_once
                a_swapped_board_is_learnt_again
            }
            orchestrator::hosts {
                a_host_gets_only_a_stored_profile
                an_edit_of_what_was_changed_meanwhile_is_refused
                an_import_is_all_or_nothing
                an_import_tells_what_is_taken
            }
            orchestrator::identity {
                a_genuine_request_that_cannot_be_read_is_told
                an_answer_file_that_fails_spends_nothing
                boards_as_they_are_are_believed
                contradictions_are_told_nothing
            }
            orchestrator::image_keys {
                a_key_proves_only_its_own_hosts
                an_attached_image_counts_until_it_is_revoked
                earlier_images_are_bounded
            }
            orchestrator::images {
                a_boot_from_an_older_image_is_told
                images_of_all_hosts_are_audited
                only_outdated_images_are_made_again
            }
            orchestrator::leases {
                an_earlier_attempt_is_joined_only
                an_install_from_mark_to_done
                an_order_is_taken_once
                concurrent_boots_are_one_attempt
                concurrent_claims_are_one
                repeated_reports_are_one
            }
            orchestrator::loaders {
                a_report_that_claims_keeps_its_loader
                a_wrong_loader_is_ignored
                an_earlier_install_changes_no_loader
                concurrent_reports_keep_one_loader
                only_another_loader_outdates_an_image
                the_loader_of_an_install_is_kept_with_the_host
            }
            orchestrator::overdue { what_is_overdue_is_told_of_once }
            orchestrator::profiles {
                a_faulty_profile_is_refused
                a_mark_installs_what_it_pinned
                a_profile_of_all_hosts_is_denied
            }
            orchestrator::promises {
                a_repeated_order_is_one_order
                an_offer_stays_the_same_through_edits
            }
            orchestrator::removed {
                a_host_that_was_removed_is_a_stranger
                only_an_idle_host_is_removed
                late_reports_of_a_removed_host_count
            }
            orchestrator::rows {
                a_cancel_closes_mark_and_offer
                a_clock_that_is_behind_offers_nothing
                a_mark_for_later_waits
                a_mark_that_ran_out_is_closed
                a_mark_that_was_never_offered_says_how_it_ended
                a_release_restores_nothing
                a_report_claims_what_was_not_claimed
                a_restored_database_installs_nothing
                a_silent_install_is_closed
                a_protected_host_waits_for_a_second_person
                a_withdrawn_offer_makes_way_for_another
                an_abandoned_install_may_still_be_done
                an_answer_file_claims_where_it_is_the_rule
                an_install_that_falls_silent_has_timed_out
                an_order_conflicts_with_what_stands
                each_step_of_an_install_counts_once
                every_row_of_the_table_decides
                live_media_go_on_after_the_claim
                offers_are_counted_and_used_up
            }
            orchestrator::secrets {
                no_ticket_is_stored
                nothing_stays_sealed_with_an_earlier_key
                progress_does_not_fill_the_audit
            }
            orchestrator::templates {
                a_template_that_fails_spends_nothing
                an_order_is_rehearsed
            }
        }
    };
}

/// A test of each case of these modules.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($how:tt $($kind:ident :: $module:ident { $($case:ident)+ })+) => {$($(
        #[test]
        fn $case() {
            $crate::conformance_skip!($how);
            $crate::conformance::run(async {
                let bench = $crate::conformance_bench!($kind $how);
                $crate::conformance::$kind::$module::$case(bench).await;
            });
        }
    )+)+};
}

/// Ends a case that cannot run here.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_skip {
    ([$fresh:path, $reopen:path, $skip:path]) => {
        if $skip() {
            return;
        }
    };
    ($how:tt) => {};
}

/// A bench around a new store.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_bench {
    (access [$fresh:path]) => {
        $crate::conformance::AccessBench::new($fresh().await)
    };
    (access [$fresh:path, $reopen:path $(, $skip:path)?]) => {{
        let (store, place) = $fresh().await;
        $crate::conformance::AccessBench::with_place(store, place, |place| {
            ::std::boxed::Box::pin(async move {
                let store: ::std::sync::Arc<dyn $crate::conformance::AuditedAccess> =
                    $reopen(&place).await;
                store
            })
        })
    }};
    ($kind:ident [$fresh:path]) => {
        $crate::conformance::Bench::new($fresh().await)
    };
    ($kind:ident [$fresh:path, $reopen:path $(, $skip:path)?]) => {{
        let (store, place) = $fresh().await;
        $crate::conformance::Bench::with_place(store, place, |place| {
            ::std::boxed::Box::pin(async move {
                let store: ::std::sync::Arc<dyn $crate::stores::Store> = $reopen(&place).await;
                store
            })
        })
    }};
}
