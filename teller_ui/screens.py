"""The screens of the counter and their two-digit codes: what the rail, the palette and the keys know about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    code: str
    name: str
    path: str
    group: str
    icon: str
    in_rail: bool = True
    on_bar: bool = False  # one of the few on the bottom bar of a small screen


SCREENS = (
    Screen("10", "Customer", "/customers", "Counter", "person", on_bar=True),
    Screen("11", "Open a customer", "/customers/new", "Counter", "plus", in_rail=False),
    Screen("12", "Hold money", "/holds/new", "Counter", "clock", in_rail=False),
    Screen("13", "Cards", "/cards", "Counter", "check"),
    Screen("14", "Issue a card", "/cards/new", "Counter", "plus", in_rail=False),
    Screen("21", "Cash in", "/cash/in", "Counter", "in", on_bar=True),
    Screen("22", "Cash out", "/cash/out", "Counter", "out", on_bar=True),
    Screen("23", "Drawer", "/drawer", "Counter", "more"),
    Screen("31", "Payment", "/payment", "Counter", "send", on_bar=True),
    Screen("32", "Reversal", "/reversals", "Counter", "back", in_rail=False),
    Screen("41", "Needs attention", "/attention", "Desk", "alert"),
    Screen("42", "Approvals", "/approvals", "Desk", "check"),
    Screen("43", "Payments sent", "/payments/sent", "Desk", "arrow"),
    Screen("44", "Payments received", "/payments/received", "Desk", "back"),
    Screen("51", "Statement", "/statement", "Desk", "arrow"),
    Screen("61", "End of day", "/day", "Branch", "clock"),
    Screen("62", "Staff", "/staff", "Branch", "person"),
    Screen("63", "Audit log", "/audit", "Branch", "check"),
    Screen("71", "My accounts", "/my", "My bank", "person", on_bar=True),
    Screen("72", "New payment", "/my/payment", "My bank", "send", on_bar=True),
    Screen("73", "My payments", "/my/payments", "My bank", "arrow", on_bar=True),
    Screen("74", "My cards", "/my/cards", "My bank", "check", on_bar=True),
    Screen("64", "Sessions", "/sessions", "Yourself", "door"),
    Screen("65", "Change password", "/password", "Yourself", "door", in_rail=False),
)
BY_CODE = {screen.code: screen for screen in SCREENS}
GROUPS = ("Counter", "Desk", "Branch", "My bank", "Yourself")
