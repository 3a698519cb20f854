"""The conventions A01 to A18 of the API, each with the tests that show it. `test_security_rows` sees that they exist.

A08 (webhooks) is optional and not there: whoever wants to be told listens to `/api/v1/events`. A11 and A12 (figures and
traces) are of the operator's rooms and have their tests in test_health and test_guards. Of A03, "still running: 409"
cannot come up: one thread writes, so the second of two requests waits for the first and gets its answer. RateLimit
headers (A17) are optional and not there: nothing but guessing passwords is limited by time.
"""

from __future__ import annotations

_API = "bank_node/api/"

# row -> (what it promises, the tests that show it: file under tests/ and name)
ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "A01": (
        "OpenAPI: tags, ids, examples of requests and errors, servers, version; the docs page offline; schemathesis",
        (
            _API + "test_docs.py::test_it_says_whose_api_it_is_and_where",
            _API + "test_docs.py::test_every_operation_has_a_name_a_tag_a_summary_and_its_problems",
            _API + "test_docs.py::test_every_answer_in_json_says_of_what_shape_it_is",
            _API + "test_docs.py::test_the_examples_can_be_sent_as_they_stand",
            _API + "test_docs.py::test_the_page_takes_nothing_from_afar_and_nothing_inline",
            _API + "test_docs.py::test_every_reference_leads_somewhere",
            _API + "test_fuzz.py::test_nothing_the_bank_answers_is_a_surprise_to_who_has_read_its_description",
            _API + "test_fuzz.py::test_a_bank_that_is_not_as_it_says_is_found_out",
        ),
    ),
    "A02": (
        "problems of RFC 9457, those of the framework too; a page says it as a page",
        (
            _API + "test_bad_input.py::test_an_order_that_cannot_be_is_refused_in_words",
            _API + "test_guards.py::test_the_frameworks_own_refusals_are_problems_too",
            _API + "test_guards.py::test_what_nobody_foresaw_is_a_500_without_a_word_from_inside",
            "teller_ui/test_problems.py::test_the_frameworks_refusals_are_pages_here_and_problems_there",
            "teller_ui/test_problems.py::test_what_nobody_foresaw_is_a_page_without_a_word_from_inside",
        ),
    ),
    "A03": (
        "Idempotency-Key: missing, malformed, reused, repeated; per person and route; a refusal keeps nothing",
        (
            _API + "test_bad_input.py::test_money_does_not_move_without_a_key",
            _API + "test_idempotency.py::test_sending_it_again_answers_again_and_moves_nothing",
            _API + "test_idempotency.py::test_a_key_with_another_content_is_refused_and_moves_nothing",
            _API + "test_idempotency.py::test_a_refusal_uses_up_no_key",
            _API + "test_idempotency.py::test_a_key_is_one_persons_on_one_route",
            _API + "test_idempotency.py::test_the_longest_key_is_255_characters",
            _API + "test_idempotency.py::test_twenty_double_clicks_at_once_post_once",
        ),
    ),
    "A04": (
        "202 with Location and Retry-After; the history; waiting for news",
        (
            _API + "test_transfers.py::test_to_another_bank_it_is_pending_and_says_where_to_ask",
            _API + "test_transfers.py::test_whoever_waits_hears_of_a_change_at_once",
            _API + "test_transfers.py::test_waiting_ends_after_the_time_one_gave",
        ),
    ),
    "A05": (
        "opaque cursors, a limit of 200, next in body and Link, no offsets",
        (
            _API + "test_conventions.py::test_a_list_that_grows_while_it_is_read_shows_everything_once",
            _API + "test_accounts.py::test_all_accounts_are_listed_page_by_page_once_each",
            _API + "test_received.py::test_payments_received_are_listed_page_by_page_and_found_with_their_bank",
        ),
    ),
    "A06": (
        "ETag, If-Match with 412, If-None-Match with 304",
        (
            _API + "test_accounts.py::test_a_version_that_is_known_is_not_sent_again",
            _API + "test_accounts.py::test_a_state_is_changed_only_on_the_version_that_was_read",
        ),
    ),
    "A07": (
        "one event stream: rising ids, types, filters, resumed, heartbeat, ended with the bank",
        (
            _API + "test_events.py::test_what_happened_is_told_in_order_by_type_and_by_account",
            _API + "test_events.py::test_what_happens_now_is_told_and_the_stream_ends_with_its_token",
            _API + "test_events.py::test_a_quiet_stream_says_that_it_is_there_and_a_bank_that_closes_ends_it",
            _API + "test_events.py::test_what_cannot_be_listened_for_is_refused",
            _API + "test_crier.py::test_what_happened_is_read_once_for_all_who_listen",
            _API + "test_crier.py::test_who_comes_late_first_reads_his_own_past_and_then_hears_with_the_others",
        ),
    ),
    "A09": (
        "short tokens with the role as scope, forgeries, 401 and 403 told apart",
        (
            _API + "test_auth.py::test_a_password_gives_a_token_that_says_who_one_is",
            _API + "test_auth.py::test_a_token_ends_by_itself",
            _API + "test_auth.py::test_a_token_ends_when_its_holder_says_so",
            "bank_node/people/test_tokens.py::test_a_forged_token_is_refused_in_words",
            _API + "test_roles.py::test_a_role_may_what_the_table_says_and_nothing_else",
        ),
    ),
    "A10": (
        "livez, readyz (without the broker ready but degraded), version",
        (
            _API + "test_health.py::test_without_the_broker_a_bank_is_ready_but_degraded",
            _API + "test_health.py::test_a_bank_whose_books_do_not_open_is_not_ready_but_alive",
            _API + "test_health.py::test_it_says_which_version_runs",
        ),
    ),
    "A13": (
        "whole minor units beside their currency; decimal texts taken, floats refused; exponents",
        (
            _API + "test_conventions.py::test_amounts_are_whole_minor_units_beside_their_currency",
            _API + "test_transfers.py::test_an_amount_may_be_a_decimal_text",
            _API + "test_bad_input.py::test_cash_takes_no_amount_that_is_none",
            "bank_node/ledger/test_money.py::test_an_amount_is_read_as_people_write_it",
        ),
    ),
    "A14": (
        "UUIDv7; account numbers of no country with mod 97; no number in the log",
        (
            _API + "test_conventions.py::test_ids_of_transfers_are_of_version_seven_and_rise",
            _API + "test_conventions.py::test_account_numbers_are_of_no_country_and_check_themselves",
            "bank_node/ledger/test_account.py::test_one_mistyped_digit_is_noticed",
            _API + "test_guards.py::test_what_went_wrong_is_in_the_log_by_route_and_without_account_numbers",
            "bank_node/store/test_audit.py::test_no_account_number_is_in_the_log",
        ),
    ),
    "A15": (
        "RFC 3339 in UTC with milliseconds; the business date apart",
        (
            _API + "test_conventions.py::test_moments_are_in_utc_to_the_millisecond_and_the_business_date_stands_apart",
            "bank_node/ledger/test_dates.py::test_a_moment_keeps_its_milliseconds",
        ),
    ),
    "A16": (
        "/api/v1 only grows; what will go says so in its headers",
        (
            _API + "test_surface.py::test_nothing_that_programs_lean_on_was_taken_away",
            _API + "test_surface.py::test_what_is_taken_away_is_noticed_and_what_is_added_is_not",
            _API + "test_surface.py::test_a_route_that_will_go_says_so_in_each_answer_and_in_the_description",
        ),
    ),
    "A17": (
        "size and time of a body, length of a page, guesses",
        (
            _API + "test_guards.py::test_a_body_above_64_kib_is_refused_before_it_is_read",
            _API + "test_guards.py::test_a_body_whose_length_was_not_said_is_counted",
            _API + "test_guards.py::test_a_client_that_drips_is_cut",
            _API + "test_auth.py::test_too_many_guesses_are_told_when_to_come_again",
        ),
    ),
    "A18": (
        "JSON says that it is JSON; a form of another site cannot",
        (
            _API + "test_guards.py::test_json_says_that_it_is_json",
            _API + "test_guards.py::test_a_page_of_another_site_or_another_port_may_not_ask_for_a_change",
            _API + "test_auth.py::test_a_password_comes_as_a_form_not_as_json",
        ),
    ),
}
