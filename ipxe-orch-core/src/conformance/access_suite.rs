//! The macros that make a test of each case about accounts, bindings, sessions and tokens.

/// Makes one `#[test]` for each access case. It takes the same arguments as
/// [`store_suite!`](crate::store_suite), for a store that has
/// [`AccessStore`](crate::stores::AccessStore) and [`AuditStore`](crate::stores::AuditStore).
///
/// ```
/// use ipxe_orch_core::{ids::{ChainId, Epoch}, memory::MemoryStore};
///
/// async fn fresh() -> std::sync::Arc<MemoryStore> {
///     let (epoch, chain) = (Epoch::from_bytes([1; 16]), ChainId::from_bytes([1; 16]));
///     std::sync::Arc::new(MemoryStore::new(epoch, chain))
/// }
///
/// ipxe_orch_core::access_suite!(fresh);
/// ```
#[macro_export]
macro_rules! access_suite {
    ($fresh:path) => {
        $crate::access_cases! { [$fresh] }
    };
    ($fresh:path, reopen = $reopen:path $(, skip = $skip:path)?) => {
        $crate::access_cases! { [$fresh, $reopen $(, $skip)?] }
        $crate::conformance_tests! { [$fresh, $reopen $(, $skip)?]
            access::reopened { access_is_there_after_reopening }
        }
    };
}

/// The access cases for which it does not matter whether the data can be opened again.
#[doc(hidden)]
#[macro_export]
macro_rules! access_cases {
    ($how:tt) => {
        $crate::conformance_tests! { $how
            access::accounts {
                a_name_is_of_one_account
                accounts_are_for_a_grant_over_everybody
                an_account_comes_back_as_it_was_put
                an_account_is_written_only_as_it_was_looked_at
            }
            access::audited { each_change_of_access_has_its_entry }
            access::bindings {
                a_binding_is_stored_and_removed_once
                bindings_are_for_a_grant_over_everybody
                bindings_come_back_by_their_ids
            }
            access::handles {
                a_second_handle_refuses_what_is_taken_or_stale
                a_second_handle_sees_access_at_once
                what_one_handle_ended_no_other_one_brings_back
            }
            access::races {
                a_session_ends_once_and_for_ever
                many_sessions_at_once_stay_bounded
                one_of_many_accounts_gets_the_name
                one_of_many_changes_of_an_account_wins
                one_of_many_rotations_wins
                one_of_many_tokens_gets_the_last_place
            }
            access::sessions {
                a_person_has_its_own_sessions_alone
                a_session_comes_back_as_it_was_put
                a_session_is_stored_once
                a_session_that_has_ended_stays_so
                a_touch_notes_what_is_newer
                a_touch_that_does_not_fit_changes_nothing
                sessions_end_alone_together_and_by_time
                the_oldest_session_of_many_ends
            }
            access::tokens {
                a_person_has_a_bounded_number_of_tokens
                a_person_has_its_own_tokens_alone
                a_token_comes_back_as_it_was_put
                a_token_is_stored_once_with_a_right_name
                a_touch_of_a_token_notes_what_is_newer
                tokens_are_removed_alone_together_and_by_time
            }
        }
    };
}
