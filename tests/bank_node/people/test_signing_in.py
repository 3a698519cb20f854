"""Signing in against a real database: the same answer for unknown and wrong, sessions that end, tokens withdrawn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher

from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.people import (
    BadToken,
    Person,
    Throttled,
    WrongPassword,
    change_password,
    hash_password,
    holder_of,
    issue_token,
    let_in,
    recognise,
    session_of,
    sign_in,
    sign_out,
)
from bank_node.people.sessions import id_hash
from bank_node.people.staff import NewStaff, hire, set_active
from bank_node.people.throttle import DELAY_S_MAX, FREE_TRIES
from bank_node.store.people import StaffRow, all_staff, staff_named
from tests.support.counter import PASSWORD, StandingClock, a_bank

MINUTE_US = 60 * 1_000_000


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bank, StandingClock]]:
    clock = StandingClock()
    with a_bank(tmp_path_factory.mktemp("alfa"), clock=clock) as bank:
        yield bank, clock


@pytest.fixture
def clock(open_house: tuple[Bank, StandingClock]) -> StandingClock:
    open_house[1].pass_ms(3_600_000)  # whatever a test before did to the throttle is forgotten
    return open_house[1]


@pytest.fixture
def bank(open_house: tuple[Bank, StandingClock], clock: StandingClock) -> Bank:
    return open_house[0]


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def member(bank: Bank, username: str) -> StaffRow:
    with bank.readers.connection() as connection:
        found = staff_named(connection, username)
    assert found is not None
    return found


def newcomer(bank: Bank, username: str, password_hash: str | None = None, role: str = "teller") -> StaffRow:
    chosen = password_hash or hash_password(PASSWORD)
    bank.submit_and_wait(hire, NewStaff(username, username.title(), role, chosen))
    return member(bank, username)


def test_who_knows_the_password_gets_a_session_and_the_database_only_its_hash(bank: Bank) -> None:
    session = run(sign_in(bank, " Teller ", PASSWORD, "127.0.0.1"))
    person = session_of(bank, session.id)
    assert person is not None
    assert (person.username, person.role, person.kind) == ("teller", "teller", "browser")
    assert person.session == id_hash(session.id) != session.id


@pytest.mark.parametrize(("username", "password"), [("teller", "wrong password"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(bank: Bank, username: str, password: str) -> None:
    with pytest.raises(WrongPassword) as refused:
        run(sign_in(bank, username, password, "127.0.0.1"))
    assert str(refused.value) == ""


def test_an_unknown_name_costs_one_check_of_a_hash_like_a_known_one(bank: Bank, monkeypatch: Any) -> None:
    checked: list[str] = []

    def count(password_hash: str, _password: str) -> bool:
        checked.append(password_hash)
        return False

    monkeypatch.setattr("bank_node.people.signing_in.fits", count)
    for username in ("teller", "nobody"):
        with pytest.raises(WrongPassword):
            run(sign_in(bank, username, "x", "127.0.0.1"))
    assert len(checked) == 2
    assert all(kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for kept in checked)


def test_a_new_sign_in_has_a_new_id_and_ends_the_one_the_browser_had(bank: Bank) -> None:
    first = run(sign_in(bank, "teller", PASSWORD, "127.0.0.1"))
    second = run(sign_in(bank, "teller", PASSWORD, "127.0.0.1", replaces=first.id))
    assert first.id != second.id
    assert session_of(bank, first.id) is None
    assert session_of(bank, second.id) is not None


def test_after_signing_out_the_cookie_opens_nothing(bank: Bank) -> None:
    session = run(sign_in(bank, "teller", PASSWORD, "127.0.0.1"))
    run(sign_out(bank, session.id))
    assert session_of(bank, session.id) is None
    run(sign_out(bank, session.id))


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5_000, "\x00", "é\udcff"])
def test_a_cookie_nobody_gave_opens_nothing(bank: Bank, cookie: str) -> None:
    assert session_of(bank, cookie) is None


def test_a_session_ends_after_a_quarter_of_an_hour_of_silence(bank: Bank, clock: StandingClock) -> None:
    session = run(sign_in(bank, "teller", PASSWORD, "127.0.0.1"))
    for _ in range(3):  # 42 minutes, never silent for 15
        clock.pass_ms(14 * 60_000)
        assert session_of(bank, session.id) is not None
        bank.submit_and_wait(lambda *_: None)  # behind the touch that nobody waits for
    clock.pass_ms(15 * 60_000)
    assert session_of(bank, session.id) is None


def test_a_session_ends_after_eight_hours_however_busy(bank: Bank, clock: StandingClock) -> None:
    session = run(sign_in(bank, "teller", PASSWORD, "127.0.0.1"))
    for _ in range(8 * 6 - 1):
        clock.pass_ms(10 * 60_000)
        assert session_of(bank, session.id) is not None
        bank.submit_and_wait(lambda *_: None)
    clock.pass_ms(10 * 60_000)
    assert session_of(bank, session.id) is None


def test_a_token_is_good_for_a_quarter_of_an_hour(bank: Bank, clock: StandingClock) -> None:
    token = run(issue_token(bank, "auditor", PASSWORD, "127.0.0.1"))
    assert run(holder_of(bank, token.text)).role == "auditor"
    clock.pass_ms(15 * 60_000 - 1_000)
    assert run(holder_of(bank, token.text)).username == "auditor"
    clock.pass_ms(1_000)
    with pytest.raises(BadToken, match="expired"):
        run(holder_of(bank, token.text))


def test_a_token_is_no_cookie_and_a_cookie_is_no_token(bank: Bank, clock: StandingClock) -> None:
    session = run(sign_in(bank, "teller", PASSWORD, "127.0.0.1"))
    disguised = bank.desk.signet.seal("teller", "teller", session.id, clock.now_us())
    with pytest.raises(BadToken):
        run(holder_of(bank, disguised))
    token = run(issue_token(bank, "teller", PASSWORD, "127.0.0.1"))
    claims = bank.desk.signet.read(token.text, clock.now_us())
    assert session_of(bank, claims.jti) is None


def test_a_token_with_another_name_over_a_living_session_is_refused(bank: Bank, clock: StandingClock) -> None:
    token = run(issue_token(bank, "teller", PASSWORD, "127.0.0.1"))
    jti = bank.desk.signet.read(token.text, clock.now_us()).jti
    with pytest.raises(BadToken, match="withdrawn"):
        run(holder_of(bank, bank.desk.signet.seal("admin", "admin", jti, clock.now_us())))


def test_the_role_is_that_of_the_books_not_that_of_the_token(bank: Bank, clock: StandingClock) -> None:
    token = run(issue_token(bank, "teller", PASSWORD, "127.0.0.1"))
    jti = bank.desk.signet.read(token.text, clock.now_us()).jti
    assert run(holder_of(bank, bank.desk.signet.seal("teller", "admin", jti, clock.now_us()))).role == "teller"


def test_a_withdrawn_token_is_refused_although_it_was_verified_a_moment_ago(bank: Bank) -> None:
    token = run(issue_token(bank, "teller", PASSWORD, "127.0.0.1"))
    person = run(holder_of(bank, token.text))
    assert bank.desk.known.get(token.text, bank.clock.now_us()) == person
    run(sign_out_of(bank, person.session))
    with pytest.raises(BadToken, match="withdrawn"):
        run(holder_of(bank, token.text))


def test_many_requests_with_one_token_ask_the_books_once(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    token = run(issue_token(bank, "teller", PASSWORD, "127.0.0.1"))
    asked: list[str] = []
    look_up = recognise._look_up

    def counted(bank: Bank, token: str, now_us: int) -> Person:
        asked.append(token)
        return look_up(bank, token, now_us)

    monkeypatch.setattr(recognise, "_look_up", counted)

    async def crowd() -> list[Person]:
        return await asyncio.gather(*(holder_of(bank, token.text) for _ in range(20)))

    assert {person.username for person in run(crowd())} == {"teller"}
    assert len(asked) == 1
    assert not bank.desk.known.asking


async def sign_out_of(bank: Bank, session: str) -> None:
    from bank_node.people.signing_in import end

    await end(bank, session)


def test_disabling_somebody_ends_everything_he_had_at_once(bank: Bank) -> None:
    person = newcomer(bank, "leaver")
    session = run(sign_in(bank, "leaver", PASSWORD, "127.0.0.1"))
    token = run(issue_token(bank, "leaver", PASSWORD, "127.0.0.1"))
    assert run(holder_of(bank, token.text)).username == "leaver"
    run(let_in(bank, person.staff_id, False))
    assert session_of(bank, session.id) is None
    with pytest.raises(BadToken):
        run(holder_of(bank, token.text))
    with pytest.raises(WrongPassword):
        run(sign_in(bank, "leaver", PASSWORD, "127.0.0.1"))
    run(let_in(bank, person.staff_id, True))
    assert session_of(bank, session.id) is None
    assert run(sign_in(bank, "leaver", PASSWORD, "127.0.0.1")).person.username == "leaver"


def test_what_was_ended_behind_our_back_is_noticed_within_a_second(bank: Bank, clock: StandingClock) -> None:
    person = newcomer(bank, "away")
    token = run(issue_token(bank, "away", PASSWORD, "127.0.0.1"))
    assert run(holder_of(bank, token.text)).username == "away"
    bank.submit_and_wait(set_active, person.staff_id, False)
    clock.pass_ms(1_000)
    with pytest.raises(BadToken):
        run(holder_of(bank, token.text))


def test_another_password_ends_the_sessions_of_the_old_one(bank: Bank) -> None:
    person = newcomer(bank, "mover")
    session = run(sign_in(bank, "mover", PASSWORD, "127.0.0.1"))
    run(change_password(bank, person.staff_id, hash_password("a brand new sentence")))
    assert session_of(bank, session.id) is None
    with pytest.raises(WrongPassword):
        run(sign_in(bank, "mover", PASSWORD, "127.0.0.1"))
    assert run(sign_in(bank, "mover", "a brand new sentence", "127.0.0.1")).person.staff_id == person.staff_id


def test_a_hash_of_weaker_times_is_made_anew_at_sign_in(bank: Bank) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    newcomer(bank, "veteran", weak)
    run(sign_in(bank, "veteran", PASSWORD, "127.0.0.1"))
    kept = member(bank, "veteran").password_hash
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert run(sign_in(bank, "veteran", PASSWORD, "127.0.0.1")).person.username == "veteran"


def test_a_password_that_changed_while_it_was_checked_opens_nothing(bank: Bank) -> None:
    from bank_node.people.sessions import NewSession, open_session

    before = newcomer(bank, "racer")
    run(change_password(bank, before.staff_id, hash_password("a brand new sentence")))
    with pytest.raises(Refusal, match="withdrawn"):
        bank.submit_and_wait(open_session, NewSession(id_hash("s"), before, "browser", 2**60, "127.0.0.1"))
    assert session_of(bank, "s") is None


def test_guessing_gets_slow_for_everybody_and_the_owner_gets_in_after_the_delay(
    bank: Bank, clock: StandingClock
) -> None:
    newcomer(bank, "target")
    for _ in range(FREE_TRIES + 1):
        with pytest.raises(WrongPassword):
            run(sign_in(bank, "target", "guess", "10.0.0.66"))
    for _ in range(100):
        with pytest.raises(Throttled) as waiting:
            run(sign_in(bank, "target", PASSWORD, "10.0.0.7"))
        assert 1 <= waiting.value.wait_s <= DELAY_S_MAX
    clock.pass_ms(waiting.value.wait_s * 1_000)
    assert run(sign_in(bank, "target", PASSWORD, "10.0.0.7")).person.username == "target"


def test_many_guesses_at_once_do_not_slip_past_the_throttle(bank: Bank) -> None:
    newcomer(bank, "crowded")

    async def guess() -> list[Any]:
        tries = (sign_in(bank, "crowded", f"guess {n}", "10.0.0.66") for n in range(20))
        return await asyncio.gather(*tries, return_exceptions=True)

    answers = [type(answer) for answer in run(guess())]
    assert answers.count(WrongPassword) <= FREE_TRIES + 2  # two are checked at a time
    assert answers.count(WrongPassword) + answers.count(Throttled) == 20


def test_fifty_sign_ins_at_once_all_succeed_two_hashes_at_a_time(bank: Bank, monkeypatch: Any) -> None:
    running, most = [], [0]
    from bank_node.people import passwords

    def watched(password_hash: str, password: str) -> bool:
        running.append(1)
        most[0] = max(most[0], len(running))
        try:
            return passwords.fits(password_hash, password)
        finally:
            running.pop()

    monkeypatch.setattr("bank_node.people.signing_in.fits", watched)

    async def everybody() -> list[Any]:
        return await asyncio.gather(*(sign_in(bank, "teller", PASSWORD, "127.0.0.1") for _ in range(50)))

    assert len({session.id for session in run(everybody())}) == 50
    assert most[0] <= 2


def test_a_role_that_does_not_exist_is_not_hired(bank: Bank) -> None:
    before = len(staff(bank))
    with pytest.raises(Refusal, match="not a role"):
        bank.submit_and_wait(hire, NewStaff("spy", "Spy", "spymaster", "x"))
    assert len(staff(bank)) == before


def staff(bank: Bank) -> list[StaffRow]:
    with bank.readers.connection() as connection:
        return all_staff(connection)
