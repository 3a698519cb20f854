"""A teller's whole day at the counter, with the keyboard only: with JavaScript, and the same without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from bank_node.ledger.money import format_amount
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from tests.browser.conftest import balance
from tests.browser.hands import Hands
from tests.support.two_counters import INES, OLU, PASSWORD, TOMAS, Counters, open_counters, wait_until

LIMIT, FLOAT = 500_00, 200_00


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    """A morning: nobody holds a drawer."""
    with open_counters(tmp_path_factory.mktemp("town"), drawers=False, approval_limit_minor=LIMIT) as counters:
        yield counters


@pytest.mark.parametrize("javascript", [True, False])
def test_a_tellers_day(town: Counters, visit: Callable[..., Page], javascript: bool) -> None:
    day = Day(town, visit, javascript)
    before = balance(town.alfa, INES), balance(town.alfa, OLU), balance(town.brvo, TOMAS)

    day.signs_in_and_claims_the_drawer()
    mara = day.opens_a_customer_with_cash()
    day.takes_cash(mara, 50_00)
    day.pays_another_bank(mara, 20_00)
    day.pays_while_the_broker_is_away(mara, 10_00)
    day.has_money_sent_back(mara, 5_00)
    day.has_a_payment_approved(600_00)
    day.reverses_a_mistake(OLU, 7_00)
    day.prints_a_receipt()
    day.closes_the_drawer_ten_short(FLOAT + 100_00 + 50_00)
    day.closes_the_day()

    wait_until(lambda: balance(town.brvo, TOMAS) == before[2] + 20_00 + 10_00 - 5_00 + 600_00)
    assert balance(town.alfa, mara) == 100_00 + 50_00 - 20_00 - 10_00 + 5_00
    assert (balance(town.alfa, INES), balance(town.alfa, OLU)) == (before[0] - 600_00, before[1])


class Day:
    """Okafor's, hour by hour; Vogt is the supervisor, in a browser of his own."""

    def __init__(self, town: Counters, visit: Callable[..., Page], javascript: bool) -> None:
        self._town, self._javascript = town, javascript
        self.page = visit("", java_script_enabled=javascript)
        self._vogt = visit("vogt", java_script_enabled=javascript)
        self._hands = Hands(self.page, javascript)

    def signs_in_and_claims_the_drawer(self) -> None:
        self.page.goto("/sign-in")
        self._hands.write("#username", "okafor")
        self._hands.write("#password", PASSWORD)
        self._hands.press("Sign in")
        self.page.wait_for_url("**/customers")
        self._hands.screen("23", "/drawer")
        self._hands.write("#amount", format_amount(FLOAT, "EUR"))
        self._hands.press("Claim this drawer")
        expect(self.page.locator("#drawer")).to_have_text("Drawer 1200.00 EUR")

    def opens_a_customer_with_cash(self) -> str:
        """The number of the new account."""
        self._hands.screen("11", "/customers/new")
        self._hands.write("#name", "Mara Lindqvist")
        self._hands.press("Open the customer")
        self.page.wait_for_url("**/accounts/new?*")
        self._hands.write("#opening", "100")
        self._hands.press("Open the account")
        expect(self.page.locator("h1")).to_have_text("Mara Lindqvist")
        return "".join(self.page.locator("#purse .acc").first.inner_text().split())

    def takes_cash(self, account: str, minor: int) -> None:
        self._hands.screen("21", "/cash/in")
        self._hands.write("#account", account)
        self._hands.write("#amount", format_amount(minor, "EUR"))
        self._hands.press("Take in")
        self.page.wait_for_url("**/entries/*")

    def pays(self, account: str, to: str, minor: int) -> None:
        self._hands.screen("31", "/payment")
        self._hands.write("#from_account", account)
        self._hands.write("#to_account", to)
        self._hands.write("#amount", format_amount(minor, "EUR"))
        self._hands.press("Review payment")
        expect(self.page.locator(".review")).to_be_visible()
        self._hands.press("Send")

    def pays_another_bank(self, account: str, minor: int) -> None:
        self.pays(account, TOMAS, minor)
        self.page.wait_for_url("**/payments/*")
        self._until_the_page_says("Completed")

    def pays_while_the_broker_is_away(self, account: str, minor: int) -> None:
        self._town.broker.go_away()
        wait_until(lambda: not self._town.alfa.bank.link.up)
        self.pays(account, TOMAS, minor)
        self.page.wait_for_url("**/payments/*")
        self._until_the_page_says("Queued")
        expect(self.page.locator("main")).to_contain_text("The network has been down since")
        self._town.broker.come_back()
        self._until_the_page_says("Completed")

    def has_money_sent_back(self, _account: str, minor: int) -> None:
        """BRVO's teller returns part of it, with his reason; okafor finds it on the payment's page."""
        payment = self.page.url.rpartition("/")[2].partition("?")[0]
        self._town.brvo.bank.submit_and_wait(return_transfer, ReturnOrder("ALFA", payment, minor, "paid twice"))
        self._until_the_page_says("Partly returned")
        expect(self.page.locator("main")).to_contain_text("“Paid twice.”")

    def has_a_payment_approved(self, minor: int) -> None:
        self.pays(INES, TOMAS, minor)
        self.page.wait_for_url("**/approvals/*")
        supervisor = Hands(self._vogt, self._javascript)
        supervisor.screen("42", "/approvals")
        supervisor.follow("#approvals a.row")
        supervisor.press("Approve")
        expect(self._vogt.locator("main")).to_contain_text("Its receipt")
        self._until_the_page_says("Approved by H. Vogt")

    def reverses_a_mistake(self, wrong: str, minor: int) -> None:
        self.pays(INES, wrong, minor)
        self.page.wait_for_url("**/payments/*")
        self._hands.press("Reverse", "link")
        self._hands.write("#reason", "wrong payee")
        self._hands.press("Reverse")
        expect(self.page.locator("h1")).to_have_text("Reversal")

    def prints_a_receipt(self) -> None:
        self._hands.press("Print receipt")
        expect(self.page.locator(".receipt")).to_contain_text("M. Okafor")
        self._hands.press("Back", "link")
        expect(self.page.locator("h1")).to_have_text("Reversal")

    def closes_the_drawer_ten_short(self, expected: int) -> None:
        self._hands.screen("23", "/drawer")
        tens = (expected - 10_00) // 10_00
        self._hands.write("#n_EUR_1000", str(tens))
        self._hands.press("Close the drawer")
        expect(self.page.locator(".variance")).to_contain_text("−10.00")
        self._hands.write("#reason", "a note too many paid out")
        self._hands.write("#supervisor", "vogt")
        self._hands.write("#supervisor_password", PASSWORD)
        self._hands.press("Close the drawer")
        expect(self.page.locator("#count")).to_contain_text("Signed by H. Vogt.")

    def closes_the_day(self) -> None:
        self._hands.screen("61", "/day")
        expect(self.page.locator("#checklist li.done")).to_have_count(4)
        self._hands.press("Close")
        expect(self.page.locator("main")).to_contain_text("The day is closed")

    def _until_the_page_says(self, words: str) -> None:
        """By itself; without JavaScript after F5."""
        if self._javascript:
            expect(self.page.locator("main")).to_contain_text(words)
            return

        def says() -> bool:
            self.page.reload()
            return words in self.page.locator("main").inner_text()

        wait_until(says)
