"""Time limits on a machine that others use too."""

from __future__ import annotations

import pytest

from federation.grading.ground.busy import SLACK_MAX, slack


@pytest.mark.parametrize(
    ("load", "processors", "more"), [(0.1, 2, 1.0), (6.0, 2, 1.0), (12.0, 2, 2.0), (90.0, 1, SLACK_MAX)]
)
def test_limits_grow_with_what_others_do(load: float, processors: int, more: float) -> None:
    assert slack(lambda: (load, 0.0, 0.0), processors) == more


def test_a_machine_that_does_not_say_is_taken_for_a_quiet_one() -> None:
    def mute() -> tuple[float, float, float]:
        raise OSError

    assert slack(mute, 2) == 1.0
