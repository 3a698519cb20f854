"""The one list of reasons, and what people wrote, as plain sentences."""

from __future__ import annotations

import re

import pytest

from bank_node.transfers.reasons import REASONS, quoted, reason_said, teller_words
from bank_node.transfers.recall import AGREED, ASKED, OPEN, REFUSED, asked_words, request_words


def test_every_reason_is_a_plain_sentence_for_teller_and_customer() -> None:
    for code, reason in REASONS.items():
        assert code == reason.code
        for words in (reason.teller, reason.customer):
            assert re.fullmatch(r"[A-Z][^.]*\.", words), words


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("sent twice", "“Sent twice.”"),
        (" He keeps it. ", "“He keeps it.”"),
        ("why?", "“Why?”"),
        ("ümlaut!", "“Ümlaut!”"),
        ("", "The other bank gave no reason."),
        ("  ", "The other bank gave no reason."),
        (None, "The other bank gave no reason."),
    ],
)
def test_what_somebody_wrote_becomes_a_sentence(said: str | None, sentence: str) -> None:
    assert quoted(said) == sentence


def test_a_refusal_is_the_lists_sentence_with_what_the_other_bank_wrote_beside_it() -> None:
    assert reason_said("AC04", "closed") == {"code": "AC04", "text": "The account is closed.", "said": "closed"}
    assert reason_said("XX99", None) == {"code": "XX99", "text": teller_words("MS03"), "said": None}
    assert reason_said(None, "closed") is None


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ASKED, "BRVO was asked for the money and has not answered yet."),
        (AGREED, "BRVO agreed; the money comes back as a return."),
        (REFUSED, "BRVO refused. “He keeps it.”"),
    ],
)
def test_what_became_of_a_recall_that_was_asked(state: str, words: str) -> None:
    assert asked_words(state, "BRVO", "he keeps it") == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OPEN, "BRVO asks for the money back. “Sent twice.”"),
        (AGREED, "BRVO asked for the money back. “Sent twice.” It was agreed to, and a return made."),
        (REFUSED, "BRVO asked for the money back. “Sent twice.” It was refused. “He keeps it.”"),
    ],
)
def test_what_became_of_a_recall_that_came(state: str, words: str) -> None:
    assert request_words(state, "BRVO", "sent twice", "he keeps it") == words


def test_a_recall_without_a_reason_says_so() -> None:
    assert request_words(OPEN, "BRVO", None, None) == "BRVO asks for the money back. It gives no reason."
    assert asked_words(REFUSED, "BRVO", None) == "BRVO refused. The other bank gave no reason."
