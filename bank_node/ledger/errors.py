"""Refusals: the bank said no, and surely booked nothing (a definite answer)."""

from __future__ import annotations


class Refusal(Exception):
    """`code` is a reason of `bank_node.transfers.reasons` or a plain word; `field` names the input it is about."""

    def __init__(self, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
