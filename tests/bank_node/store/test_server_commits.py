from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.commit import Job
from bank_node.store.database import open_commits, open_database, writing_connection
from bank_node.store.errors import StoreUnavailable, StoreUnsure
from bank_node.store.server_commits import ServerCommits
from tests.support.cast import ALICE, BOB, DORA, OPENING, CountedIds, SmallBank, Town, an_order
from tests.support.postgresql import PostgresqlForTests

pytestmark = pytest.mark.postgresql

CASH = CashOrder(ALICE, 1_00, "EUR")


class Line:
    """The writing connection with somebody at the wire; `at_commit` says what becomes of a COMMIT."""

    def __init__(self, bank: SmallBank, at_commit: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._real, self._at_commit, self.meanwhile = bank.commits.connection, at_commit, meanwhile
        bank.commits.connection = self
        bank.commits._books.unit.connection = self

    def execute(self, sql: str, *arguments: Any) -> Any:
        if sql.endswith("COMMIT"):
            if self._at_commit == "cut after it":
                self._real.execute(sql)
            self._real.close()
            self.meanwhile()
            raise psycopg.OperationalError("the connection is lost")
        return self._real.execute(sql, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def end_backends(server: PostgresqlForTests, bank_id: str = "ALFA") -> int:
    with server.connection() as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s",
            (f"bankfed {bank_id}",),
        ).fetchall()
    return len(ended)


def patience(bank: SmallBank, ms: int) -> None:
    commits = bank.commits
    assert isinstance(commits, ServerCommits)
    commits._settings = commits._settings.model_copy(update={"busy_timeout_ms": ms, "backoff_ms_min": 1})


def test_a_line_cut_while_nothing_was_done_costs_nothing(town_on_server: Town, postgresql: PostgresqlForTests) -> None:
    assert end_backends(postgresql) > 0
    town_on_server.alfa.do(deposit, CASH)
    assert town_on_server.alfa.balance(ALICE) == OPENING + 1_00
    town_on_server.lawful()


def test_a_line_cut_in_the_middle_is_taken_up_again_and_every_operation_is_done_once(
    town_on_server: Town, postgresql: PostgresqlForTests
) -> None:
    cut = []

    def cut_once(books: Any, now_us: int, ids: Any) -> None:
        if not cut:
            cut.append(end_backends(postgresql))

    bank = town_on_server.alfa
    bank.do_all([(deposit, CASH), (cut_once,), (send_transfer, an_order()), (deposit, CASH)])
    assert bank.balance(ALICE) == OPENING + 2_00 - 12_50
    town_on_server.deliver()
    assert town_on_server.brvo.balance(BOB) == OPENING + 12_50
    town_on_server.lawful()


def test_while_the_server_is_away_the_bank_says_so_and_goes_on_when_it_is_back(
    town_on_server: Town, postgresql: PostgresqlForTests
) -> None:
    bank = town_on_server.alfa
    patience(bank, 100)
    postgresql.stop()
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            bank.do(deposit, CASH)
    postgresql.start()
    bank.commits._not_before_s = 0.0  # type: ignore[attr-defined]  # the back-off is over
    bank.do(deposit, CASH)
    assert bank.balance(ALICE) == OPENING + 1_00
    town_on_server.lawful()


def test_after_a_failed_try_the_next_one_waits(
    town_on_server: Town, postgresql: PostgresqlForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = town_on_server.alfa
    commits = bank.commits
    assert isinstance(commits, ServerCommits)
    commits._settings = commits._settings.model_copy(update={"backoff_ms_min": 60_000, "backoff_ms_max": 60_000})
    postgresql.stop()
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            bank.do(deposit, CASH)
    monkeypatch.setattr(commits, "_connect", lambda: pytest.fail("it is too early for another try"))
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        bank.do(deposit, CASH)


def test_a_commit_whose_answer_was_lost_is_found_kept(town_on_server: Town) -> None:
    bank = town_on_server.alfa
    Line(bank, "cut after it")
    assert bank.do(send_transfer, an_order()).state == "PENDING"
    assert bank.balance(ALICE) == OPENING - 12_50
    assert len(bank.waiting) == 1, "the relay is told of its message"
    town_on_server.deliver()
    town_on_server.lawful()


def test_a_commit_that_never_arrived_is_done_again(town_on_server: Town) -> None:
    bank = town_on_server.alfa
    Line(bank, "cut before it")
    bank.do(send_transfer, an_order())
    assert bank.balance(ALICE) == OPENING - 12_50
    assert bank.count("transfers") == 1
    town_on_server.deliver()
    town_on_server.lawful()


def test_after_a_crash_the_commit_of_another_bank_is_not_taken_for_the_own(
    town_on_server: Town, postgresql: PostgresqlForTests
) -> None:
    """A crashed server gives the number of an unwritten transaction to the next one, which is another bank's."""
    alfa, brvo = town_on_server.alfa, town_on_server.brvo

    def crash() -> None:
        postgresql.stop()
        postgresql.start()
        for _ in range(3):
            brvo.do(deposit, CashOrder(DORA, 1, "EUR"))

    Line(alfa, "cut before it", crash)
    alfa.do(send_transfer, an_order())
    assert alfa.count("transfers") == 1, "what was answered is in the books"
    assert alfa.balance(ALICE) == OPENING - 12_50
    town_on_server.deliver()
    assert brvo.balance(BOB) == OPENING + 12_50
    town_on_server.lawful()


def test_a_commit_of_another_writer_of_this_bank_is_not_taken_for_the_own(town_on_server: Town) -> None:
    bank = town_on_server.alfa
    other = another_writer(bank)
    for at_commit in ("cut before it", "cut after it"):
        Line(bank, at_commit, lambda: other.run([Job(deposit, (CASH,))]))
        bank.do(send_transfer, an_order())
    other.close()
    assert bank.count("transfers") == 2
    assert bank.balance(ALICE) == OPENING + 2_00 - 25_00
    town_on_server.deliver()
    town_on_server.lawful()


def test_a_commit_nobody_can_tell_the_fate_of_is_called_so_and_its_messages_are_told_later(
    town_on_server: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = town_on_server.alfa
    patience(bank, 0)
    Line(bank, "cut after it")
    monkeypatch.setattr(bank.commits, "_fate", lambda _unit: "open")
    with pytest.raises(StoreUnsure):
        bank.do(send_transfer, an_order())
    assert bank.waiting == []
    monkeypatch.undo()
    bank.do(deposit, CASH)
    assert [row.type for row in bank.waiting] == ["transfer.requested"]
    town_on_server.deliver()
    town_on_server.lawful()


def test_while_a_fate_is_open_nothing_else_is_written_over_the_mark(
    town_on_server: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = town_on_server.alfa
    patience(bank, 0)
    Line(bank, "cut after it")
    monkeypatch.setattr(bank.commits, "_fate", lambda _unit: "open")
    for error in (StoreUnsure, StoreUnavailable):
        with pytest.raises(error):
            bank.do(send_transfer, an_order())
    monkeypatch.undo()
    bank.do(deposit, CASH)
    assert bank.count("transfers") == 1
    town_on_server.deliver()
    town_on_server.lawful()


def test_a_writer_that_ends_takes_its_mark_along(town_on_server: Town) -> None:
    bank = town_on_server.alfa
    other = another_writer(bank)
    other.run([Job(deposit, (CASH,))])
    marks = "bank_facts WHERE name LIKE 'writer %'"
    assert bank.count(marks) == 2
    other.close()
    assert bank.count(marks) == 1


def another_writer(bank: SmallBank, **knobs: Any) -> Any:
    """A second process of the same bank, as far as its database can tell."""
    settings = bank.settings.model_copy(update=knobs)
    engine = open_database(settings)
    commits = open_commits(engine, settings, bank.charter, bank.clock, CountedIds("OTHER"))
    engine.dispose()
    return commits


def test_two_writers_of_one_bank_follow_each_other_and_lose_no_balance(town_on_server: Town) -> None:
    bank = town_on_server.alfa
    writers = [bank.commits, another_writer(bank)]
    errors: list[Any] = []

    def work(commits: Any) -> None:
        for _ in range(30):
            order = CashOrder(ALICE, 1, "EUR")
            jobs = [Job(deposit, (order,)), Job(send_transfer, (an_order(1),))]
            commits.run(jobs if commits is writers[0] else jobs[::-1])  # the other way round: else a deadlock
            errors.extend(job.error for job in jobs if job.error is not None)

    threads = [threading.Thread(target=work, args=(commits,)) for commits in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    writers[1].close()
    assert errors == []
    assert bank.balance(ALICE) == OPENING
    assert bank.own_balance("suspense:out") == 60
    town_on_server.lawful()


def test_a_writer_that_waits_too_long_for_another_says_so(town_on_server: Town) -> None:
    bank = town_on_server.alfa
    impatient = another_writer(bank, busy_timeout_ms=20)
    bank.commits._begin()
    job = Job(deposit, (CASH,))
    impatient.run([job])
    assert isinstance(job.error, StoreUnavailable)
    bank.commits.connection.execute("ROLLBACK")
    impatient.run([job := Job(deposit, (CASH,))])
    assert job.error is None
    impatient.close()
    assert bank.balance(ALICE) == OPENING + 1_00


def test_the_row_of_an_own_account_is_held_against_those_who_do_not_know_the_lock(town_on_server: Town) -> None:
    """Somebody at a prompt of his own cannot slip between the reading of a running balance and its writing."""
    bank = town_on_server.alfa

    def meanwhile(books: Any, now_us: int, ids: Any) -> None:
        books.ledger.own("suspense:out", "EUR", now_us)
        engine = open_database(bank.settings.model_copy(update={"busy_timeout_ms": 20}))
        other = writing_connection(engine)
        engine.dispose()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("UPDATE accounts SET balance = balance + 1 WHERE code = 'suspense:out'")
        other.close()

    bank.do(send_transfer, an_order(1, to_account=DORA))
    bank.do(meanwhile)
    town_on_server.lawful()


def test_a_text_the_server_cannot_hold_fails_alone(town_on_server: Town) -> None:
    bank = town_on_server.alfa

    def write_nul(books: Any, now_us: int, ids: Any) -> None:
        books.customers.set_fact("nul", "a\x00b")

    first, bad, last = bank.do_all([(deposit, CASH), (write_nul,), (deposit, CASH)], keep_errors=True)
    assert isinstance(bad, psycopg.DataError)
    assert (first.balance_minor, last.balance_minor) == (OPENING + 1_00, OPENING + 2_00)


def test_a_swallowed_failure_is_not_taken_for_a_commit(town_on_server: Town) -> None:
    """PostgreSQL answers ROLLBACK to the COMMIT of a transaction in which a statement failed."""
    bank = town_on_server.alfa

    def swallow(books: Any, now_us: int, ids: Any) -> None:
        try:
            books.unit.connection.execute("SELECT 1/0")
        except psycopg.Error:
            return

    first, bad = bank.do_all([(deposit, CASH), (swallow,)], keep_errors=True)
    assert first.balance_minor == OPENING + 1_00
    assert isinstance(bad, Exception)
    assert bank.balance(ALICE) == OPENING + 1_00
