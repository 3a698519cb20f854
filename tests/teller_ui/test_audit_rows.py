from __future__ import annotations

from typing import Any

import orjson

from bank_node.ledger.chain import Row
from teller_ui.views.audit import audit_row

NOON_US = 1_795_255_200_000_000  # 2026-11-21T10:00:00Z


def also(**facts: Any) -> str:
    return audit_row(Row(1, NOON_US, "vogt", "any", "account/7", orjson.dumps(facts).decode(), b""), {}).also


def test_money_is_written_as_money_where_the_row_says_of_which_currency() -> None:
    assert also(amount=550_000, currency="EUR") == "amount 5,500.00 EUR"
    assert also(amount=550_000, currency="JPY") == "amount 550,000 JPY"
    assert also(floats={"EUR": 20_000, "KWD": 1_500}) == "floats EUR 200.00, KWD 1.500"


def test_money_of_an_unsaid_currency_is_counted_in_minor_units() -> None:
    assert also(amount=550_000, held=0) == "amount 550000 minor units; held 0 minor units"


def test_a_moment_is_a_date_and_a_clock() -> None:
    assert also(expires_us=NOON_US) == "expires 21 Nov 2026, 10:00:00"


def test_a_hash_is_shown_as_far_as_it_tells_apart_and_a_number_of_something_as_it_is() -> None:
    said = also(request_hash="0123456789abcdef", hold=3, asked=True)
    assert said == "request hash 0123456789ab…; hold 3; asked yes"
