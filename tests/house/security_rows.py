"""The rules of security that people at the door meet, and the tests that show each of them.

S10 is shown by every route and every page in turn, so a new one is covered as soon as it is there.
"""

from __future__ import annotations

_DOOR = "bank_node/people/test_the_door_under_attack.py::"
_SIGNING_IN = "bank_node/people/test_signing_in.py::"

ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "S1": (
        "argon2id, at least 19 MiB and two rounds; hashed anew when the parameters rise; at most two at once",
        (
            "bank_node/people/test_passwords.py::test_a_password_is_kept_as_argon2id_with_at_least_19_mib",
            _SIGNING_IN + "test_a_hash_of_weaker_times_is_made_anew_at_sign_in",
            _SIGNING_IN + "test_fifty_sign_ins_at_once_all_succeed_two_hashes_at_a_time",
            _DOOR + "test_fifty_sign_ins_at_once_take_the_memory_of_two_hashes",
            _DOOR + "test_passwords_are_kept_as_argon2id_hashes_and_nothing_else",
        ),
    ),
    "S2": (
        "the same answer and time for an unknown user and a wrong password",
        (
            _SIGNING_IN + "test_a_wrong_password_and_an_unknown_name_get_the_same_answer",
            _SIGNING_IN + "test_an_unknown_name_costs_one_check_of_a_hash_like_a_known_one",
            _DOOR + "test_an_unknown_name_takes_as_long_as_a_wrong_password",
            "bank_node/api/test_auth.py::test_unknown_and_wrong_get_the_same_answer",
        ),
    ),
    "S3": (
        "a growing delay per account, a budget per address, 429 and Retry-After; nobody is locked out for ever",
        (
            _DOOR + "test_a_hundred_guesses_do_not_keep_the_owner_out",
            _DOOR + "test_one_address_that_tries_many_names_is_told_to_wait",
            _SIGNING_IN + "test_many_guesses_at_once_do_not_slip_past_the_throttle",
            "bank_node/people/test_vouching.py::test_guessing_in_place_is_as_slow_as_guessing_at_the_door",
        ),
    ),
    "S4": (
        "no default password, no open bootstrap; random secrets, mode 600; length and known passwords checked",
        (
            "bank_node/people/test_tokens.py::test_the_secret_is_made_once_and_only_the_owner_reads_it",
            "bank_node/people/test_passwords.py::test_a_password_that_is_short_famous_or_the_name_itself_is_refused",
            "bank_node/api/test_sessions.py::test_a_one_time_password_opens_nothing_but_the_choice_of_an_own_one",
            "bank_node/api/test_sessions.py::test_a_one_time_password_that_nobody_used_in_three_days_opens_nothing",
        ),
    ),
    "S5": (
        "browser sessions: an opaque id, a new one at sign-in, ends by idling, by hours, by logout, by disabling",
        (
            _DOOR + "test_after_logout_and_after_disabling_a_token_is_refused_at_once",
            _DOOR + "test_what_another_process_ended_is_refused_within_a_second",
            _SIGNING_IN + "test_a_session_ends_after_a_quarter_of_an_hour_of_silence",
            _SIGNING_IN + "test_a_session_ends_after_eight_hours_however_busy",
            _SIGNING_IN + "test_disabling_somebody_ends_everything_he_had_at_once",
            "bank_node/people/test_staff.py::test_whatever_changes_a_person_ends_his_sessions",
            "bank_node/api/test_sessions.py::test_one_ends_another_session_of_ones_own_at_once",
            "bank_node/api/test_sessions.py::test_another_password_ends_all_tokens_and_the_old_one_opens_nothing",
            "teller_ui/test_door.py::test_the_cookie_names_federation_and_bank_and_no_script_reads_it",
            "teller_ui/test_door.py::test_signed_out_is_out_at_once",
        ),
    ),
    "S6": (
        "tokens: one algorithm, this bank's only, minutes, tied to a session; a matrix of forgeries is refused",
        (
            "bank_node/people/test_tokens.py::test_a_forged_token_is_refused_in_words",
            _DOOR + "test_a_forged_token_opens_no_route",
            _DOOR + "test_a_forgery_with_this_banks_own_secret_needs_a_living_session",
            _SIGNING_IN + "test_the_role_is_that_of_the_books_not_that_of_the_token",
            "bank_node/api/test_events.py::test_who_has_signed_out_is_told_of_no_payment_made_after_that",
            "bank_node/api/test_crier.py::test_a_token_that_ends_while_nothing_happens_ends_its_stream",
        ),
    ),
    "S10": (
        "one table of roles and actions, deny by default; every route and every page with every role",
        (
            "bank_node/api/test_roles.py::test_a_role_may_what_the_table_says_and_nothing_else",
            "bank_node/api/test_roles.py::test_without_a_token_nothing_is_open_but_health_and_the_door",
            "bank_node/api/test_roles.py::test_every_secured_route_names_its_action_and_its_roles",
            "teller_ui/test_walls.py::test_a_role_gets_what_the_table_gives_it",
            "teller_ui/test_walls.py::test_nobody_sees_a_page_without_signing_in",
            "bank_node/people/test_roles.py::test_a_customer_may_what_is_his_own_and_nothing_else",
            "bank_node/api/test_own.py::test_he_sees_his_own_accounts_and_nobody_elses",
            "teller_ui/test_my_pages.py::test_what_is_somebody_elses_is_not_there",
        ),
    ),
    "S13": (
        "the audit log: who, what, when, from where; altered rows are named; no secrets, no lines within a line",
        (
            _DOOR + "test_the_audit_log_says_who_from_where_and_no_secret",
            _DOOR + "test_a_row_of_the_log_that_was_altered_is_named",
            _DOOR + "test_a_name_with_a_line_in_it_is_nobodys",
            _DOOR + "test_whoever_signs_in_writes_one_line_of_the_log_each_time",
            "bank_node/store/test_audit.py::test_no_account_number_is_in_the_log",
            "bank_node/people/test_staff.py::test_every_change_says_who_did_it_and_what_was_before",
        ),
    ),
    "S15": (
        "limits: bodies, pages of lists, event streams of one person, clients that drip or do not read, guesses",
        (
            "bank_node/api/test_guards.py::test_a_body_above_64_kib_is_refused_before_it_is_read",
            "bank_node/api/test_guards.py::test_a_batch_may_have_256_kib",
            "bank_node/api/test_guards.py::test_a_client_that_drips_is_cut",
            "bank_node/api/test_conventions.py::test_a_list_that_grows_while_it_is_read_shows_everything_once",
            "bank_node/api/test_events.py::test_one_person_has_so_many_streams_and_others_have_theirs",
            "teller_ui/test_walls.py::test_one_person_has_so_many_streams_and_others_have_theirs",
            "bank_node/test_seats.py::test_a_seat_is_taken_at_admission_so_a_burst_gets_no_more_than_there_are",
            "bank_node/test_seats.py::test_who_does_not_read_loses_his_seat",
            "bank_node/api/test_auth.py::test_too_many_guesses_are_told_when_to_come_again",
        ),
    ),
    "S17": (
        "a script as name, label, reference or reason is text on every page and in every export; no cell is a formula",
        (
            "browser/test_every_page.py::test_t29_axe_finds_nothing_on_any_page_and_no_script_runs",
            "browser/test_every_page.py::test_s17_whatever_is_posted_comes_back_as_text",
            "browser/test_every_page.py::test_s17_exports_hold_the_script_as_text",
        ),
    ),
}
