"""A bank's face comes from its id alone."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from federation.spec import bank_ids
from teller_ui.rosette import HUES, bank_css, favicon_svg, hue_of, letter_of, rosette_svg


def test_the_first_six_banks_have_the_hues_of_the_design() -> None:
    assert [hue_of(bank) for bank in ("ALFA", "BRVO", "CHRL", "DLTA", "ECHO", "FOXT")] == [168, 325, 28, 228, 348, 98]


def test_any_other_bank_has_a_hue_of_its_own_id() -> None:
    assert hue_of("GOLF") == hue_of("GOLF")
    assert 0 <= hue_of("B027") < 360
    assert "GOLF" not in HUES


@pytest.mark.parametrize("svg", [rosette_svg("ALFA"), favicon_svg("B027")])
def test_a_face_is_drawn_without_style_or_script(svg: str) -> None:
    names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert names <= {"svg", "path", "circle", "text"}
    assert "style=" not in svg


def test_two_banks_have_two_faces() -> None:
    assert rosette_svg("ALFA") != rosette_svg("BRVO")
    assert rosette_svg("ALFA") == rosette_svg("ALFA")


def test_t31_no_two_of_the_first_eight_banks_look_alike() -> None:
    banks = bank_ids(8)
    hues = sorted(hue_of(bank) for bank in banks)
    assert all((after - before) % 360 >= 20 for before, after in pairwise([*hues, hues[0]]))
    assert len({letter_of(bank) for bank in banks}) == len({favicon_svg(bank) for bank in banks}) == 8


def test_tabs_are_told_apart_by_letter_or_number() -> None:
    assert letter_of("ALFA") == "A"
    assert letter_of("B027") == "27"


def test_every_known_bank_has_its_class_and_a_strange_id_has_none() -> None:
    css = bank_css("ALFA", ("ALFA", "BRVO", "X}*{a"))
    assert ":root{--hue:168}" in css
    assert ".at-BRVO{--hue:325}" in css
    assert "X}" not in css
