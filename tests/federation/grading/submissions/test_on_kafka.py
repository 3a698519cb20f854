"""Two bundled submissions as processes on a real broker: they pass the gate.

The others are the first one's program (`test_planted`); each is judged where the grader grades them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.grading.conformance import conform, gate_of
from federation.grading.submissions.planted.__main__ import main
from federation.grading.town import make_town
from tests.support.handed_in import empty_topic, handed_in
from tests.support.kafka import KafkaForTests

TOWN = make_town(1, 2)


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.parametrize("name", ["reference", "v2"])
def test_it_passes_the_gate(name: str, kafka: KafkaForTests, tmp_path: Path) -> None:
    empty_topic(kafka.bootstrap)
    with handed_in(name, TOWN, tmp_path, kafka.bootstrap) as counters:
        steps = conform(TOWN, counters.words, counters.answer, counters.patience)
    assert gate_of(steps).sentences == ()


def test_a_name_that_is_none_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["m31"]) == 2
    assert "reference, m01" in capsys.readouterr().err
