from __future__ import annotations

from hashlib import sha256

from bank_node.transfers.messages import content_hash
from bank_node.transfers.reasons import REASONS, teller_words


def test_the_hash_covers_the_business_fields_and_nothing_else() -> None:
    fields = {"transaction_id": "t1", "from_bank": "ALFA", "to_bank": "BRVO", "amount_minor": 1250, "reference": None}
    canonical = b'{"amount_minor":1250,"family":"payment","from_bank":"ALFA","to_bank":"BRVO","transaction_id":"t1"}'
    assert content_hash(fields | {"attempt": 3, "from_name": "Alice"}) == sha256(canonical).hexdigest()


def test_a_return_is_another_family() -> None:
    payment = {"transaction_id": "t1"}
    assert content_hash(payment) != content_hash({**payment, "original_transaction_id": "t0"})


def test_every_reason_has_a_sentence_for_teller_and_customer() -> None:
    assert all(reason.teller.endswith(".") and reason.customer.endswith(".") for reason in REASONS.values())
    assert teller_words("ZZ99") == REASONS["MS03"].teller
