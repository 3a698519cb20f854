"""Which findings are new: the history of a federation grows from scenario to scenario and is judged as a whole each
time, so what was found before is found again."""

from __future__ import annotations

from collections.abc import Iterable

from federation.grading.checkers.finding import Finding


class News:
    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()
        self._about: set[tuple[str, tuple[str, ...]]] = set()

    def of(self, findings: Iterable[Finding]) -> list[Finding]:
        """Those that nobody has told yet. The same checker about the same transfers is the same finding, though it may
        have other words by now."""
        fresh = [one for one in findings if not self._is_known(one)]
        for one in fresh:
            self._said.add((one.checker, one.sentence))
            if one.transfers:
                self._about.add((one.checker, one.transfers))
        return fresh

    def _is_known(self, one: Finding) -> bool:
        return (one.checker, one.sentence) in self._said or (one.checker, one.transfers) in self._about
