"""Which test shows which row of the protocol's tables: a row of the design on the left, its tests on the right.

`tests/house/test_fault_table.py` refuses a row without a test and a test that does not exist. A test is named by its
file under tests/ and its function.
"""

from __future__ import annotations

Table = dict[str, tuple[str, ...]]

_SENDER = "bank_node/operations/test_the_senders_table.py::"
_RECEIVER = "bank_node/operations/test_the_receivers_table.py::"
_RETURN = "bank_node/operations/test_the_returns_table.py::"
_SEND = "bank_node/operations/test_send_transfer.py::"
_RECEIVE = "bank_node/operations/test_receive_transfer.py::"
_CONCLUDE = "bank_node/operations/test_conclude_transfer.py::"
_CANCEL = "bank_node/operations/test_cancel_transfer.py::"
_REDRIVE = "bank_node/operations/test_redrive.py::"
_RECALL = "bank_node/operations/test_recall.py::"
_ANSWER = "bank_node/operations/test_answer_recall.py::"
_BELIEF = "bank_node/broker/test_who_is_believed.py::"
_FAULTS = "journeys/test_the_faults.py::"
_KILLS = "journeys/test_failpoints.py::"

FAULTS: Table = {
    "API killed before commit": (f"{_FAULTS}test_api_killed_before_commit",),
    "API killed after commit, before reply": (f"{_FAULTS}test_api_killed_after_commit_before_reply",),
    "relay killed after ack, before mark": (
        f"{_FAULTS}test_relay_killed_after_ack_before_mark",
        f"{_KILLS}test_a_kill_at_any_failpoint_loses_nothing_and_doubles_nothing",
    ),
    "broker down for hours": ("journeys/test_outages.py::test_what_is_accepted_in_an_outage_arrives_once_and_soon",),
    "broker loses an acked request, or the answer": (
        f"{_FAULTS}test_broker_loses_an_acked_request",
        f"{_FAULTS}test_broker_loses_the_answer",
    ),
    "broker wiped, topic recreated, acked tail cut": (
        f"{_FAULTS}test_broker_wiped_or_topic_recreated",
        f"{_FAULTS}test_acked_tail_cut_is_noticed_where_the_offsets_show_it",
        f"{_FAULTS}test_acked_tail_cut_and_overwritten_is_healed_by_the_re_drive_alone",
        "bank_node/broker/test_a_broker_that_forgets.py::test_another_cluster_is_another_log",
    ),
    "duplicates, reordering, hours of delay": (
        f"{_FAULTS}test_duplicates_reordering_and_hours_of_delay",
        "journeys/test_records_come_again.py::test_a_thousand_redelivered_records_change_nothing",
    ),
    "consumer killed inside or after the unit of work": (
        f"{_FAULTS}test_consumer_killed_inside_or_after_the_unit_of_work",
        f"{_KILLS}test_a_kill_at_any_failpoint_loses_nothing_and_doubles_nothing",
    ),
    "B down for a day, or past retention": (f"{_FAULTS}test_b_down_for_a_day_or_past_retention",),
    "B gone for good": (f"{_FAULTS}test_b_gone_for_good",),
    "inquiry races with the delayed request": (
        f"{_FAULTS}test_inquiry_races_with_the_delayed_request",
        f"{_CANCEL}test_in_any_order_of_arrival_either_credit_or_refund",
    ),
    "account closed, blocked, unknown at B": (f"{_FAULTS}test_account_closed_blocked_or_unknown_at_b",),
    "poison, forged, wrong version": (
        f"{_FAULTS}test_poison_and_wrong_version",
        f"{_FAULTS}test_forged",
        "journeys/test_hostile_records.py::test_hostile_records_kill_no_consumer_and_move_no_cent",
    ),
    "clock skew": (
        "bank_node/operations/test_clocks_that_differ.py::test_clock_skew_loses_and_doubles_nothing",
        "bank_node/operations/test_clocks_that_differ.py::test_a_clock_ahead_rejects_early_and_refunds",
    ),
    "a bank restored from an old backup": (f"{_FAULTS}test_a_bank_restored_from_an_old_backup",),
}

SENDER: Table = {
    "– · create · PENDING": (
        f"{_SEND}test_a_sent_transfer_debits_alice_and_waits_in_the_outbox",
        f"{_SEND}test_what_is_wrong_is_refused_and_moves_nothing",
        f"{_SENDER}test_what_was_never_credited_here_cannot_be_returned",
        "bank_node/operations/test_return_transfer.py::test_parts_never_sum_to_more_than_was_sent",
    ),
    "PENDING · the relay's mark · SENT": (f"{_SENDER}test_the_relays_mark_moves_pending_to_sent_and_nothing_else",),
    "OPEN, no unpublished outbox row · quiet for r · same": (
        f"{_SENDER}test_the_same_message_is_said_again_with_its_stored_type_and_hash",
        f"{_REDRIVE}test_what_still_waits_in_the_outbox_is_not_queued_twice",
    ),
    "PENDING, SENT · expiry + grace, or recalled · CANCELLING": (
        f"{_CANCEL}test_past_its_expiry_the_other_bank_is_asked_and_the_unseen_is_refunded",
        f"{_CANCEL}test_cancelling_never_goes_back_and_is_asked_for_ever",
        f"{_RECALL}test_an_open_transfer_is_cancelled_as_before",
        f"{_SENDER}test_a_return_never_expires",
    ),
    "OPEN · asked by hand · same": (f"{_SENDER}test_asked_by_hand_an_inquiry_goes_out_and_the_state_stays",),
    "OPEN · accepted, own hash, from to_bank · COMPLETED": (
        f"{_SENDER}test_accepted_completes_from_every_open_state_once",
    ),
    "OPEN · rejected, account open, debit-frozen or blocked · REJECTED": (
        f"{_SENDER}test_rejected_refunds_from_every_open_state_once_also_a_frozen_payer",
        f"{_SENDER}test_a_rejected_return_frees_what_it_had_set_aside",
    ),
    "OPEN · rejected, account closed · REJECTED": (
        f"{_SENDER}test_rejected_goes_to_unclaimed_where_the_payer_has_closed_his_account",
    ),
    "any · unknown · same": (
        f"{_SENDER}test_unknown_is_never_a_refusal_and_makes_an_open_one_due",
        f"{_SENDER}test_unknown_changes_nothing_that_is_final",
    ),
    "DONE, REJECTED · the equal answer · same": (f"{_SENDER}test_the_equal_answer_changes_nothing_that_is_final",),
    "DONE, REJECTED · the other answer · same + incident": (
        f"{_SENDER}test_the_other_answer_leaves_state_and_money_and_is_an_incident",
    ),
    "any · answer with another hash, or from another bank · same + incident": (
        f"{_SENDER}test_an_answer_with_another_hash_or_from_another_bank_concludes_nothing",
        f"{_SENDER}test_nor_does_it_change_what_is_final",
    ),
    "none · answer for an id never sent · quarantine + incident": (
        f"{_CONCLUDE}test_an_answer_for_an_id_never_sent_is_quarantined",
    ),
}

RECEIVER: Table = {
    "none · requested, acceptable · ACCEPTED": (f"{_RECEIVER}test_an_acceptable_request_is_credited_and_accepted",),
    "none · requested, AC01 AC04 AC06 AM02 AM03 AB05 FF01 AM12 · REJECTED": (
        f"{_RECEIVE}test_the_payees_account_decides",
        f"{_RECEIVE}test_impossible_fields_are_refused_and_move_nothing",
        f"{_RECEIVE}test_an_unknown_payee_is_refused_and_refunded_once",
        f"{_RECEIVE}test_a_payment_that_expired_on_the_way_is_refused",
        f"{_RECEIVER}test_a_credit_beyond_the_ceiling_is_refused_with_am02",
    ),
    "none · inquiry + flag · CANCELLED": (f"{_RECEIVER}test_an_unseen_id_is_unknown_or_buried",),
    "none · inquiry · nothing stored": (
        f"{_RECEIVER}test_an_unseen_id_is_unknown_or_buried",
        f"{_RECEIVER}test_a_question_without_the_flag_stands_in_nobodys_way",
    ),
    "any · request or inquiry, same hash · same": (
        f"{_RECEIVER}test_the_stored_answer_is_given_to_every_question_of_the_same_hash",
        f"{_RECEIVE}test_a_repeated_message_credits_bob_once",
    ),
    "any · request or inquiry, other hash · same + incident": (
        f"{_RECEIVER}test_another_content_under_a_decided_id_gets_am05_for_the_hash_that_was_asked",
    ),
}

RECEIVER_OF_A_RETURN: Table = {
    "none · unknown, REJECTED, other bank, other hash, itself a return · REJECTED(MS03)": (
        f"{_RETURN}test_a_return_of_nothing_sent_there_is_refused_with_ms03",
        f"{_RETURN}test_a_return_of_what_was_refunded_is_refused_with_ms03",
        f"{_RETURN}test_a_return_of_a_return_is_refused_with_ms03",
    ),
    "none · any; bad fields, bad amount, other currency · REJECTED(FF01, AM12, AM03)": (
        f"{_RETURN}test_a_return_with_impossible_fields_is_refused",
    ),
    "none · OPEN and it fits · ACCEPTED, concluded first": (
        f"{_RETURN}test_a_return_that_fits_concludes_an_open_original_first_and_credits_its_payer",
    ),
    "none · DONE and it fits the remainder · ACCEPTED": (
        f"{_RETURN}test_a_return_that_fits_concludes_an_open_original_first_and_credits_its_payer",
    ),
    "none · OPEN or DONE, more than the remainder · REJECTED(AM02)": (
        f"{_RETURN}test_more_than_the_remainder_is_refused_with_am02_and_an_open_original_stays_open",
    ),
    "any · return or inquiry, same hash / other hash · same / same + incident": (
        f"{_RETURN}test_a_decided_return_gets_its_stored_answer_or_am05_for_another_content",
    ),
    "none · inquiry + flag / inquiry · CANCELLED / nothing": (f"{_RETURN}test_an_unseen_return_is_unknown_or_buried",),
    "a credit goes to the account of A's own row": (
        f"{_RETURN}test_the_money_goes_to_the_account_of_the_own_row_never_to_one_named_in_the_message",
    ),
    "a ceiling refuses fresh credits only": (
        f"{_RETURN}test_a_return_that_would_pass_the_ceiling_goes_to_unclaimed",
        f"{_RETURN}test_a_refund_that_would_pass_the_ceiling_goes_to_unclaimed",
    ),
}

RECALL: Table = {
    "on an OPEN transfer · CANCELLING at once": (f"{_RECALL}test_an_open_transfer_is_cancelled_as_before",),
    "on a DONE one · recall.requested, re-driven until answered": (
        f"{_RECALL}test_a_completed_transfer_is_asked_back_and_no_money_moves",
        f"{_RECALL}test_it_is_said_again_until_it_is_answered_however_long_that_takes",
    ),
    "B keeps one desk item per (from_bank, recall id)": (
        f"{_ANSWER}test_it_is_one_item_for_the_desk_however_often_it_is_asked",
    ),
    "agreeing makes exactly one return in the same unit of work": (
        f"{_ANSWER}test_agreeing_makes_one_return_and_one_answer_in_one_unit_of_work",
    ),
    "the answer is stored with it": (f"{_ANSWER}test_a_repeat_gets_the_stored_answer_however_late",),
}

BEFORE_ANY_TABLE: Table = {
    "from_bank is not in the directory: quarantine, no answer": (
        f"{_RECEIVE}test_a_record_of_a_bank_nobody_knows_mints_nothing",
    ),
    "no mac: believed only from a peer without a key, and only where that is allowed": (
        f"{_BELIEF}test_optional_a_bank_without_a_key_on_file_is_believed_without_a_mac_and_called_unverified",
        f"{_BELIEF}test_optional_a_bank_with_a_key_on_file_is_not_believed_without_a_mac",
        f"{_BELIEF}test_required_a_bank_without_a_key_on_file_is_not_believed",
    ),
}

READINGS_THAT_DOUBLE_OR_LOSE_MONEY: Table = {
    "a dedupe key with the message kind in it": (
        f"{_RECEIVER}test_request_and_return_share_one_key_whatever_the_kind",
    ),
    "AM05 applied without comparing hashes": (
        f"{_RECEIVER}test_the_stored_answer_is_given_to_every_question_of_the_same_hash",
        f"{_SENDER}test_the_refusal_am05_of_another_content_is_no_refusal_of_this_one",
    ),
    "an unguarded SENT mark over a final state": (f"{_SENDER}test_the_relays_mark_never_opens_what_is_final",),
    "transfer.unknown as a refusal": (f"{_SENDER}test_unknown_is_never_a_refusal_and_makes_an_open_one_due",),
    "pruned decisions": (f"{_RECEIVER}test_a_decision_is_never_forgotten_however_old",),
    "an answer with a valid mac from a third bank": (
        f"{_BELIEF}test_an_answer_of_a_bank_that_was_not_asked_is_quarantined_as_an_incident",
    ),
    "a return re-driven as a request": (f"{_SENDER}test_the_same_message_is_said_again_with_its_stored_type_and_hash",),
    "a stored flagless inquiry that blocks the tombstone": (
        f"{_CANCEL}test_a_flagless_question_stores_nothing_and_does_not_block_the_tombstone",
        f"{_RECEIVER}test_a_question_without_the_flag_stands_in_nobodys_way",
    ),
    "refunds refused to frozen accounts": (
        f"{_SENDER}test_rejected_refunds_from_every_open_state_once_also_a_frozen_payer",
    ),
}

TABLES: dict[str, tuple[int, Table]] = {  # and how many rows the design has
    "Faults and outcomes": (15, FAULTS),
    "Sender": (13, SENDER),
    "Receiver": (6, RECEIVER),
    "Receiver of a return": (7 + 2, RECEIVER_OF_A_RETURN),
    "Recall": (5, RECALL),
    "Before any table": (2, BEFORE_ANY_TABLE),
    "Readings that double or lose money": (9, READINGS_THAT_DOUBLE_OR_LOSE_MONEY),
}
