"""The table of faults, row by row, on real processes and real Kafka; the laws hold after each.

`fault_table` says which test shows which row; some rows have their tests elsewhere.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.account import make_number
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.audit.reading import reading
from federation.audit.verdict import judge
from federation.brokers.cluster import wipe_topic
from federation.client import BankAway, BankClient, BankRefused
from federation.roster import read_roster
from tests.support.faulty_town import BANKS, PARTITIONS, Town, eventually
from tests.support.kafka_log import forget_before_the_end
from tests.support.real_federation import RealFederation, a_real_federation, patiently
from tests.support.topic import Topic

pytestmark = pytest.mark.kafka

TRIES, SOON_S = 6, 8.0
ENV = {  # a day of the sweeper's life in a few seconds
    "REDRIVE_AFTER_MS": "500",
    "REDRIVE_AFTER_MS_MAX": "2000",
    "SWEEP_EVERY_MS": "100",
    "CANCEL_GRACE_MS": "100",
    "STUCK_AFTER_MS": "1000",
    "HEARTBEAT_MS": "1000",
}


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealFederation]:
    with a_real_federation(tmp_path_factory.mktemp("faults"), 2, "--lab", env=ENV) as federation:
        yield federation


@pytest.fixture
def town(running: RealFederation) -> Iterator[Town]:
    """As it was left by the test before; the laws are asked after each."""
    town = Town(running)
    town.keys = time.time_ns()
    yield town
    with reading(read_roster(running.data)) as read:
        assert [law for law in judge(read).laws if not law.ok] == []


def test_api_killed_before_commit(town: Town) -> None:
    key, before = town.key(), town.one("ALFA", "SELECT count(*) FROM transfers")
    with town.federation.client("ALFA") as client:
        town.labs["ALFA"].arm("api.before_commit=kill")
        with pytest.raises(BankAway):
            client.send(**town.order(), key=key)
    assert town.one("ALFA", "SELECT count(*) FROM transfers") == before, "nothing happened"
    again = town.ask("ALFA", "/api/v1/transfers", town.order(), key=key)
    assert again.get("replayed") is not True
    assert town.outcome(again["transaction_id"]) == "completed"
    assert town.one("ALFA", "SELECT count(*) FROM transfers") == before + 1


def test_api_killed_after_commit_before_reply(town: Town) -> None:
    key, before = town.key(), town.balances()
    with town.federation.client("ALFA") as client:
        town.labs["ALFA"].arm("api.after_commit=kill")
        with pytest.raises(BankAway):
            client.send(**town.order(), key=key)
    booked = town.one("ALFA", "SELECT transaction_id FROM transfers ORDER BY created_us DESC LIMIT 1")
    assert town.pay(key=key) == booked, "the retry is told of the same transfer"
    assert town.outcome(booked) == "completed"
    assert town.balances() == (before[0] - 1, before[1] + 1)


def test_relay_killed_after_ack_before_mark(town: Town) -> None:
    before, paid = town.balances(), 0
    while True:  # now and then it is a heartbeat that is just being sent, and the relay is killed after that one
        town.labs["ALFA"].arm("relay.after_ack=kill")
        id_, paid = town.pay(), paid + 1
        assert town.outcome(id_) == "completed"
        if holds_soon(lambda id_=id_: town.decisions(id_) > [("ACCEPTED", 0)]):
            break  # it was sent twice, and answered from what is stored
        assert paid < TRIES
    assert len(town.decisions(id_)) == 1
    assert town.balances() == (before[0] - paid, before[1] + paid)


def holds_soon(holds: Callable[[], bool]) -> bool:
    try:
        eventually(holds, SOON_S)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("name", ["consumer.in_tx", "consumer.after_commit"])
def test_consumer_killed_inside_or_after_the_unit_of_work(town: Town, name: str) -> None:
    before = town.balances()
    town.labs["BRVO"].arm(f"{name}=kill")
    id_ = town.pay()
    assert town.outcome(id_) == "completed"
    eventually(lambda: town.labs["BRVO"].fired()[name] == 1)
    town.quiet()
    sent = sum(
        r.value is not None and id_.encode() in r.value and b"transfer.requested" in r.value for r in records(town)
    )
    ((decision, repeats),) = town.decisions(id_)
    assert (decision, repeats) == ("ACCEPTED", sent - 1), "each record took effect once, none was skipped"
    assert town.balances() == (before[0] - 1, before[1] + 1)


def records(town: Town) -> list[Any]:
    with Topic(town.federation.bootstrap()) as topic:
        return topic.everything(BANKS)


def test_broker_loses_an_acked_request(town: Town) -> None:
    """Nobody can notice: where it lay there is nothing, or something else."""
    before = town.balances()
    with town.down("BRVO"):  # asleep it would find the record in its own socket
        id_ = town.pay()
        eventually(lambda: town.state(id_) == "SENT")
        town.lose_the_last_batch("BRVO")
    assert town.outcome(id_) == "completed"
    town.quiet()
    assert town.balances() == (before[0] - 1, before[1] + 1)


def test_broker_loses_the_answer(town: Town) -> None:
    before = town.balances()
    town.labs["BRVO"].arm("consumer.before_begin=sleep:1500")
    id_ = town.pay()
    eventually(lambda: town.state(id_) == "SENT")
    with town.down("ALFA"):
        answered = f"SELECT count(*) FROM outbox WHERE transaction_id = '{id_}' AND published_us IS NOT NULL"
        eventually(lambda: town.one("BRVO", answered) == 1)
        town.lose_the_last_batch("ALFA")
    assert town.outcome(id_) == "completed"
    town.quiet()
    assert town.decisions(id_)[0][1] >= 1, "ALFA asked again"
    assert town.balances() == (before[0] - 1, before[1] + 1)


def test_broker_wiped_or_topic_recreated(town: Town) -> None:
    before, forgot = town.balances(), noticed(town)
    with town.down("BRVO"):
        id_ = town.pay()
        eventually(lambda: town.state(id_) == "SENT")
        wipe_topic(town.federation.bootstrap(), EXTERNAL_TRANSFERS)
    assert town.outcome(id_) == "completed"
    eventually(lambda: all(now > then for now, then in zip(noticed(town), forgot, strict=True)))
    town.quiet()
    assert town.balances() == (before[0] - 1, before[1] + 1)


def noticed(town: Town) -> list[int]:
    """How often each bank has written down that the broker forgot."""
    return [town.one(bank, "SELECT count(*) FROM incidents WHERE kind = 'broker_forgot'") for bank in BANKS]


def test_acked_tail_cut_is_noticed_where_the_offsets_show_it(town: Town) -> None:
    assert town.outcome(town.pay()) == "completed"
    town.quiet()
    before, forgot = town.balances(), noticed(town)
    town.lose_the_last_batch("BRVO")  # BRVO has read it: its position is past the end now
    eventually(lambda: noticed(town)[1] > forgot[1])
    assert town.outcome(town.pay()) == "completed"
    assert town.balances() == (before[0] - 1, before[1] + 1)


def test_acked_tail_cut_and_overwritten_is_healed_by_the_re_drive_alone(town: Town) -> None:
    before, forgot = town.balances(), noticed(town)
    with town.down("BRVO"):
        lost = town.pay()
        eventually(lambda: town.state(lost) == "SENT")
        town.lose_the_last_batch("BRVO")
        other = town.pay()  # takes the offset that the first one had
        eventually(lambda: town.state(other) == "SENT")
    assert {town.outcome(id_) for id_ in (lost, other)} == {"completed"}
    town.quiet()
    assert noticed(town) == forgot
    assert town.balances() == (before[0] - 2, before[1] + 2)


def test_duplicates_reordering_and_hours_of_delay(town: Town) -> None:
    """Everything that was ever said is said again, backwards; and a request that comes after its cancel."""
    before = town.balances()
    with town.down("BRVO"):
        late = town.pay()
        eventually(lambda: town.state(late) == "SENT")
        request = next(r for r in records(town) if late.encode() in (r.value or b""))
        town.ask("ALFA", f"/api/v1/transfers/{late}/recall")
        eventually(lambda: town.state(late) == "CANCELLING" and town.all_sent("ALFA"))
        forget_before_the_end(town.federation, EXTERNAL_TRANSFERS, partition_for(b"BRVO", PARTITIONS))
    assert town.outcome(late) == "rejected"
    assert town.balances() == before, "refunded"
    for here in BANKS:
        assert town.outcome(town.pay(here), here) == "completed"
    ever = [*records(town), request]
    with Topic(town.federation.bootstrap()) as topic:
        topic.say_again(ever[::-1])
        topic.say_again(ever)
    assert town.outcome(town.pay()) == "completed"
    town.quiet()
    assert town.decisions(late)[0][0] == "CANCELLED", "the late request met the tombstone"
    assert town.balances() == (before[0] - 1, before[1] + 1)


def test_b_down_for_a_day_or_past_retention(town: Town) -> None:
    before = town.balances()
    with town.down("BRVO"):
        live = town.pay()
        expired = town.pay(expires_at=in_seconds(1.5))
        eventually(lambda: {town.state(id_) for id_ in (live, expired)} == {"SENT"})
        forget_before_the_end(town.federation, EXTERNAL_TRANSFERS, partition_for(b"BRVO", PARTITIONS))
        eventually(lambda: town.state(expired) == "CANCELLING")
        assert town.suspense() == 2, "nothing is refunded on the sender's own clock"
    assert (town.outcome(live), town.outcome(expired)) == ("completed", "rejected")
    assert town.reason(expired) == "AB05"
    town.quiet()
    assert town.balances() == (before[0] - 1, before[1] + 1)


def test_b_gone_for_good(town: Town) -> None:
    before = town.balances()
    with town.down("BRVO"):
        id_ = town.pay(expires_at=in_seconds(1.0))
        eventually(lambda: town.state(id_) == "CANCELLING")
        attempts = f"SELECT attempt FROM transfers WHERE transaction_id = '{id_}'"
        eventually(lambda: town.one("ALFA", attempts) >= 4)
        assert (town.state(id_), town.suspense()) == ("CANCELLING", 1), "never resolved automatically"
        on_desk = town.federation.run("desk", "ALFA", "--kind", "stuck")
        assert id_ in str(on_desk), "the money stays visible"
    assert town.outcome(id_) == "rejected"
    assert town.balances() == before


def test_inquiry_races_with_the_delayed_request(town: Town) -> None:
    before = town.balances()
    ids = []
    for _ in range(12):
        ids.append(town.pay())
        with suppress(BankRefused):  # it was answered already
            town.ask("ALFA", f"/api/v1/transfers/{ids[-1]}/recall")
    outcomes = [town.outcome(id_) for id_ in ids]
    credited = outcomes.count("completed")
    assert [(town.decisions(id_)[0][0] == "ACCEPTED") for id_ in ids] == [said == "completed" for said in outcomes]
    assert town.balances() == (before[0] - credited, before[1] + credited)


@pytest.mark.parametrize(("payee", "code"), [("closed", "AC04"), ("blocked", "AC06"), ("unknown", "AC01")])
def test_account_closed_blocked_or_unknown_at_b(town: Town, payee: str, code: str) -> None:
    to_account = make_number("BRVO", 999_999) if payee == "unknown" else town.number("BRVO", payee)
    before = town.balances()
    with town.asleep("BRVO"):
        id_ = town.pay(to_account=to_account)
        freeze(town, "debit_frozen")
    try:
        assert town.outcome(id_) == "rejected"
        assert town.reason(id_) == code
        assert town.balances() == before, "a frozen payer is refunded too"
    finally:
        freeze(town, "open")


def freeze(town: Town, state: str) -> None:
    with patiently(lambda: BankClient.of(town.federation.member("ALFA"), "supervisor", timeout_s=10)) as client:
        client._ask("PATCH", f"/api/v1/accounts/{town.number('ALFA')}", json={"state": state})


@pytest.mark.parametrize(
    "value", [b"\xff\x00 poison", b'{"schema":"bankfed/2.0","to_bank":"BRVO"}', None], ids=["bytes", "version", "empty"]
)
def test_poison_and_wrong_version(town: Town, value: bytes | None) -> None:
    before, held = town.balances(), town.one("BRVO", "SELECT count(*) FROM quarantine")
    with Topic(town.federation.bootstrap()) as topic:
        topic.write("BRVO", value)
    assert town.outcome(town.pay()) == "completed", "the next record flows"
    assert town.one("BRVO", "SELECT count(*) FROM quarantine") == held + 1
    assert town.balances() == (before[0] - 1, before[1] + 1)


def test_forged(town: Town) -> None:
    before, held = town.balances(), town.one("BRVO", "SELECT count(*) FROM quarantine")
    assert town.outcome(town.pay()) == "completed"
    (request, *_) = (
        r for r in reversed(records(town)) if b"transfer.requested" in (r.value or b"") and r.key == b"BRVO"
    )
    with Topic(town.federation.bootstrap()) as topic:
        topic.write("BRVO", request.value.replace(b'"amount_minor":1,', b'"amount_minor":100000,'))
        topic.write("BRVO", request.value.replace(b'"from_bank":"ALFA"', b'"from_bank":"EVIL"'))
    assert town.outcome(town.pay()) == "completed", "the next record flows"
    assert town.one("BRVO", "SELECT count(*) FROM quarantine") == held + 2
    assert town.balances() == (before[0] - 2, before[1] + 2)


def test_a_bank_restored_from_an_old_backup(town: Town, tmp_path: Path) -> None:
    """It speaks to nobody until somebody has repaired it; here the newer books are put back."""
    home, old, new = town.federation.data / "banks" / "ALFA", tmp_path / "old", tmp_path / "new"
    town.quiet()
    with town.down("ALFA"):
        copy_books(home, old)
    for _ in range(3):
        assert town.outcome(town.pay()) == "completed"
    head = "SELECT max(head_seq) FROM peers WHERE bank_id = 'ALFA'"
    told = town.one("BRVO", head)
    eventually(lambda: town.one("BRVO", head) > told)  # it has told of what it is about to forget
    before = town.balances()
    with town.down("ALFA"):
        copy_books(home, new)
        copy_books(old, home)

    eventually(lambda: standing(town) == "suspect")
    with town.federation.client("ALFA") as client, pytest.raises(BankRefused, match="not to be believed"):
        client.send(**town.order(), key=town.key())
    waits = town.pay("BRVO")
    eventually(lambda: town.state(waits, "BRVO") == "SENT")
    with reading(read_roster(town.federation.data)) as read:
        verdict = judge(read)
    assert (verdict.suspect, [law.id for law in verdict.laws if not law.ok]) == (("ALFA",), [])
    assert town.decisions(waits, "ALFA") == [], "it decides nothing"
    assert town.state(waits, "BRVO") == "SENT"

    with town.down("ALFA"):
        copy_books(new, home)
    assert town.outcome(waits, "BRVO") == "completed"
    assert standing(town) == "ready"
    assert town.balances() == (before[0] + 1, before[1] - 1)


def copy_books(here: Path, there: Path) -> None:
    """A stopped bank's database, its log with it."""
    there.mkdir(exist_ok=True)
    for file in there.glob("bank.db*"):
        file.unlink()
    for file in here.glob("bank.db*"):
        shutil.copy2(file, there / file.name)


def standing(town: Town) -> str:
    with patiently(lambda: BankClient.of(town.federation.member("ALFA"), timeout_s=10)) as client:
        return str(patiently(client.readyz)["status"])
