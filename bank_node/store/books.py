"""What an operation writes to: the bank's books, all in one unit of work."""

from __future__ import annotations

from bank_node.store.approvals import ApprovalBook
from bank_node.store.archive import ArchiveBook
from bank_node.store.audit import AuditBook
from bank_node.store.business_dates import DateBook
from bank_node.store.cards import CardBook
from bank_node.store.claims import Claims
from bank_node.store.customers import CustomerBook
from bank_node.store.desk import DeskBook
from bank_node.store.drawers import DrawerBook
from bank_node.store.holds import HoldBook
from bank_node.store.inbox import Inbox
from bank_node.store.leases import Leases
from bank_node.store.ledger import LedgerBook
from bank_node.store.notes import NoteBook
from bank_node.store.outbox import Outbox
from bank_node.store.payees import PayeeBook
from bank_node.store.peers import PeerBook
from bank_node.store.quarantine import Quarantine
from bank_node.store.recalls import Recalls
from bank_node.store.reversals import ReversalBook
from bank_node.store.standing import StandingBook
from bank_node.store.transfers import SentTransfers
from bank_node.store.unclaimed import Unclaimed
from bank_node.store.unit import UnitOfWork
from bank_node.transfers.charter import Charter


class Books:
    """One per writing connection; the writer opens and closes the units of work around it."""

    def __init__(self, unit: UnitOfWork, charter: Charter) -> None:
        self.unit = unit
        self.charter = charter
        self.audit = AuditBook(unit)
        self.standing = StandingBook(unit)
        self.ledger = LedgerBook(unit, self.audit)
        self.customers = CustomerBook(unit)
        self.holds = HoldBook(unit, self.audit)
        self.cards = CardBook(unit)
        self.notes = NoteBook(unit)
        self.drawers = DrawerBook(unit)
        self.dates = DateBook(unit)
        self.archive = ArchiveBook(unit)
        self.approvals = ApprovalBook(unit)
        self.reversals = ReversalBook(unit)
        self.transfers = SentTransfers(unit)
        self.inbox = Inbox(unit)
        self.outbox = Outbox(unit)
        self.recalls = Recalls(unit)
        self.unclaimed = Unclaimed(unit)
        self.quarantine = Quarantine(unit)
        self.desk = DeskBook(unit)
        self.claims = Claims(unit)
        self.leases = Leases(unit)
        self.peers = PeerBook(unit)
        self.payees = PayeeBook(unit)

    def begin(self) -> None:
        """A unit of work begins."""
        self.unit.start_over()
        self.audit.begin()
        self.standing.begin()
        self.inbox.begin()
        self.claims.begin()
        self.leases.begin()

    @property
    def suspect(self) -> str | None:
        """Why this bank may not speak to others, if so."""
        found = self.standing.suspicion
        return None if found is None else found.reason

    def settle(self) -> None:
        """Writes what was collected; the last thing a unit of work does."""
        self.ledger.settle()
        self.audit.settle()
        self.unit.write_rows()
