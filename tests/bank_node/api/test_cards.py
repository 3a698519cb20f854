"""Cards over HTTP: the full number is in one answer only, whoever asks again sees it masked."""

from __future__ import annotations

from pathlib import Path

from bank_node.ledger.cards import is_number, masked
from tests.support.counter import ALICE, CAROL, Caller, Http, StandingClock, a_bank, a_caller, app_of


def test_the_full_number_is_told_once(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        issued = caller.post("/api/v1/cards", {"account": ALICE}, key="one")
        assert issued.status_code == 201
        card = issued.json()
        assert is_number(card["number"])
        assert (card["masked"], card["state"], card["owner"]) == (masked(card["number"]), "active", "Alice")
        assert issued.headers["cache-control"] == "no-store"
        again = caller.post("/api/v1/cards", {"account": ALICE}, key="one")
        assert (again.json()["card_id"], again.json()["number"]) == (card["card_id"], None)
        assert again.headers["idempotency-replayed"] == "true"
        for path in (issued.headers["location"], "/api/v1/cards", f"/api/v1/cards?account={ALICE}"):
            assert card["number"] not in caller.get(path).text
        with caller.bank.readers.connection() as connection:
            kept = connection.exec_driver_sql("SELECT * FROM cards").fetchall()
            said = connection.exec_driver_sql("SELECT facts FROM audit_log UNION SELECT answer FROM claims").fetchall()
        assert card["number"] not in str(kept)
        assert card["number"] not in str(said)
        assert card["masked"] not in str(said)


def test_a_card_is_blocked_once_and_for_good(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        path = caller.post("/api/v1/cards", {"account": ALICE}).headers["location"]
        blocked = caller.post(f"{path}/block", {"reason": "lost"}, key=None)
        assert (blocked.json()["state"], blocked.json()["blocked_by"], blocked.json()["reason"]) == (
            "blocked",
            "teller",
            "lost",
        )
        again = caller.post(f"{path}/block", {"reason": "stolen"})
        assert (again.status_code, again.json()["code"]) == (409, "final")
        assert caller.post("/api/v1/cards/99/block", {"reason": "lost"}).status_code == 404
        assert caller.get("/api/v1/cards/99").status_code == 404


def test_a_card_expires_by_the_calendar(tmp_path: Path) -> None:
    clock = StandingClock()
    with a_bank(tmp_path, clock) as bank:
        caller = Caller(bank, Http(app_of(bank)))
        path = caller.post("/api/v1/cards", {"account": ALICE}).headers["location"]
        clock.pass_ms(5 * 366 * 86_400_000)
        later = Caller(bank, caller.http)
        assert later.get(path).json()["state"] == "expired"
        caller.http.close()


def test_a_savings_account_has_no_card(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        new = {"customer_id": 1, "type": "savings", "currency": "EUR", "opening_minor": 10_00}
        savings = caller.post("/api/v1/accounts", new).json()["number"]
        answer = caller.post("/api/v1/cards", {"account": savings})
        assert (answer.status_code, answer.json()["code"]) == (409, "AG01")
        assert caller.post("/api/v1/cards", {"account": "XF"}).status_code == 422


def test_cards_are_listed_by_customer_and_page_by_page(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        made = [caller.post("/api/v1/cards", {"account": n}).json()["card_id"] for n in (ALICE, CAROL, ALICE)]
        assert [c["card_id"] for c in caller.get("/api/v1/cards?customer_id=1").json()["items"]] == [made[2], made[0]]
        first = caller.get("/api/v1/cards?limit=2").json()
        rest = caller.get(first["next"]).json()
        assert [c["card_id"] for c in first["items"] + rest["items"]] == made[::-1]
