"""Transfers of a scenario's own."""

from __future__ import annotations

from federation.grading.calls import TRANSFER
from federation.grading.scenarios.errands import AMOUNT_MAX_MINOR, Errands
from tests.support.paper_stage import PaperStage


def test_errands_are_small_of_people_of_that_bank_and_each_under_a_key_of_its_own() -> None:
    stage = PaperStage()
    errands = Errands(stage)
    steps = [*errands.rounds(range(5)), *errands.to("BRVO", range(9)), errands.local(3, "CHRL")]
    steps.append(errands.nowhere(4, "ALFA", "BRVO"))
    assert len({step.key for step in steps}) == len({step.id for step in steps}) == len(steps) == 26
    for step in steps:
        payer = stage.town.find(step.request["from_account"])
        assert payer is not None
        assert (payer.bank, step.do) == (step.bank, TRANSFER)
        assert 1 <= step.request["amount_minor"] <= AMOUNT_MAX_MINOR
    assert [step.request["to_bank"] for step in steps[15:24]] == ["BRVO"] * 9
    assert "BRVO" not in {step.bank for step in steps[15:24]}
    assert (steps[24].bank, steps[24].request["to_bank"]) == ("CHRL", "CHRL")
    assert stage.town.find(steps[25].request["to_account"]) is None


def test_the_same_dice_draw_the_same_and_a_second_lot_has_other_keys() -> None:
    once, again = PaperStage(), PaperStage()
    first = Errands(once).rounds(range(4))
    assert Errands(again).rounds(range(4)) == first
    assert not {step.key for step in Errands(once).rounds(range(4))} & {step.key for step in first}
