"""The ten laws after every commit: the one list of `bank_node.transfers.laws`, asked over as little as it takes.

A law of sums is asked over condensed banks, in which rows that it can not tell apart are one row with their sum. A law
of single transfers is asked over those that changed, with their originals and returns. Now and then, and at the end,
every law is asked over whole snapshots, and these are compared with what was kept (`mirror`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.laws import LAWS, Law
from bank_node.transfers.snapshot import BankSnapshot, DecisionLine, SenderLine, read_snapshot
from federation.simulation.condensed import Condensed
from federation.simulation.house import House
from federation.simulation.mirror import Mirror, Row

OF_SUMS, OF_OWN_SUMS = ("I4", "I5"), ("I1", "I9", "I10")  # between banks, and of one bank
OF_ACCOUNTS = ("I2",)
OF_TRANSFERS = ("I3", "I6", "I8")
OF_TIME = ("I7",)
WHOLE_EVERY = 200  # commits
Broken = Callable[[str, str], None]  # law, sentence
Key = tuple[str, str]  # sender, transaction id


def _laws(ids: tuple[str, ...]) -> list[Law]:
    return [law for law in LAWS if law.id in ids]


class Judge:
    def __init__(self, houses: dict[str, House], broken: Broken, seen: Callable[[Mirror, list[Row]], None]) -> None:
        """`seen` is told what each unit of work wrote, before the mirror has it."""
        self._houses, self._broken, self._seen = houses, broken, seen
        self._commits = 0
        self.failure: Exception | None = None
        self._sums, self._own_sums = _laws(OF_SUMS), _laws(OF_OWN_SUMS)
        self._accounts, self._transfers = _laws(OF_ACCOUNTS), _laws(OF_TRANSFERS)
        self.mirrors = {name: Mirror(name) for name in houses}
        for name, house in houses.items():
            self._attend(name, house)
        self.condensed = Condensed(self.mirrors)

    def _attend(self, name: str, house: House) -> None:
        """Listens at the line of this bank, whatever line it will have."""
        mirror, line = self.mirrors[name], house.database.line
        mirror.attach(line)
        line.on_commit, line.on_roll_back = (lambda: self.committed(name)), mirror.roll_back
        house.database.opened_again = lambda: self._opened_again(name, house)

    def _opened_again(self, name: str, house: House) -> None:
        """After a crash: what was committed is there."""
        mirror = self.mirrors[name]
        before = mirror.facts()
        self._attend(name, house)
        if before != mirror.facts():
            self._broken("C4", f"{name} does not find what it had committed before the crash")

    @property
    def open(self) -> int:
        """How many transfers are not final."""
        return self.condensed.open

    def put_back(self, house: House) -> None:
        """The database is an older one: from now on the laws between banks leave it out."""
        mirror = self.mirrors[house.bank_id]
        mirror.left_out = True
        self._attend(house.bank_id, house)
        self.condensed = Condensed(self.mirrors)

    def committed(self, name: str) -> None:
        """A bank has committed a unit of work: is everything still lawful?

        It is told from within the commit: what fails here is kept, or the bank would take it for its own failure.
        """
        try:
            self._judge(name)
        except Exception as error:
            self.failure = self.failure or error

    def _judge(self, name: str) -> None:
        mirror = self.mirrors[name]
        rows = list(mirror.pending)
        mirror.pending.clear()
        self._commits += 1
        if rows:
            self._seen(mirror, rows)
            changed = self.condensed.take(mirror, rows)
            if changed.accounts or changed.transfers:
                banks = self.condensed.banks()
                self._ask(self._sums, banks)
                self._ask(self._own_sums, {name: banks[name]})
                self._ask(self._accounts, {name: BankSnapshot(name, "", 0, accounts=changed.accounts)})
                if changed.transfers:
                    self._ask(self._transfers, self._closure(changed.transfers))
            if changed.unbalanced:
                self._ask(self._own_sums, {name: BankSnapshot(name, "", 0, unbalanced_entries=changed.unbalanced)})
        if self._commits % WHOLE_EVERY == 0:
            self.whole()

    def whole(self, *, healed: bool = False) -> None:
        """Every law over whole snapshots; I7 only where everything should be quiet by now."""
        banks = {name: self._anew(house) for name, house in self._houses.items()}
        self._ask([law for law in LAWS if healed or law.id not in OF_TIME], banks)

    def _anew(self, house: House) -> BankSnapshot:
        """The bank as its tables are; they say what was kept of it."""
        mirror, read = self.mirrors[house.bank_id], Mirror(house.bank_id)
        read.read(house.database.line)
        left_open = house.database.line.in_transaction  # by a mutant
        assert left_open or read.facts() == mirror.facts(), f"{house.bank_id}: the mirror is wrong"
        bank = read.snapshot(house.database.line, house.clock.now_us())
        bank.suspect = mirror.unsound
        return bank

    def as_published(self) -> None:
        """The snapshots that banks give to `bankfed verify` say the same; they take longer."""
        for house in self._houses.values():
            with house.database.readers.connection() as connection:
                told = read_snapshot(list(snapshot_lines(connection, house.charter, house.clock.now_us())))
            own = self._anew(house)
            own.suspect, own.federation_id, own.heard = told.suspect, told.federation_id, told.heard
            assert told == own, f"{house.bank_id}: its snapshot is another one than its books"

    def _ask(self, laws: Iterable[Law], banks: dict[str, BankSnapshot]) -> None:
        for law in laws:
            for sentence in law.breaches(banks):
                self._broken(law.id, sentence)

    def _closure(self, keys: Iterable[Key]) -> dict[str, BankSnapshot]:
        """These transfers as both their banks have them, with the originals they return and the returns on them."""
        sent: dict[str, dict[str, SenderLine]] = {name: {} for name in self.mirrors}
        decided: dict[str, dict[Key, DecisionLine]] = {name: {} for name in self.mirrors}
        for key in self.condensed.family(keys):
            sender, id_ = key
            row = self.mirrors[sender].sent.get(id_) if sender in self.mirrors else None
            if row is not None:
                sent[sender][id_] = row
            for name, mirror in self.mirrors.items():
                if key in mirror.decided:
                    decided[name][key] = mirror.decided[key]
        return {
            name: BankSnapshot(
                name,
                "",
                0,
                suspect=mirror.unsound,
                sent=list(sent[name].values()),
                decided=list(decided[name].values()),
            )
            for name, mirror in self.mirrors.items()
        }
