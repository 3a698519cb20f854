"""How things look: columns, colours, ticks."""

from __future__ import annotations

import io

import pytest

from federation.cli import show


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_line_up_whatever_the_colours_and_accents() -> None:
    paint = show.Paint(True)
    lines = show.table(
        ["bank", "€"], [[paint.green("ALFA"), "1.00"], ["Zürich", "12.00"]], paint, right=[1]
    ).splitlines()
    assert [show.width(line) for line in lines] == [13, 13, 13]
    assert lines[2] == "Zürich  12.00"


def test_no_colour_on_a_pipe_with_no_color_or_on_a_dumb_terminal() -> None:
    assert show.Paint.of(Terminal(), {}).on
    assert not show.Paint.of(io.StringIO(), {}).on
    assert not show.Paint.of(Terminal(), {"NO_COLOR": "1"}).on
    assert not show.Paint.of(Terminal(), {"TERM": "dumb"}).on


def test_a_pipe_gets_finished_steps_only() -> None:
    stream = io.StringIO()
    ticks = show.TickList(stream)
    ticks.running("broker 1 of 2")
    ticks.done("broker ready", 2.34)
    assert stream.getvalue() == "✓ broker ready 2.3 s\n"


def test_a_step_that_fails_gets_a_cross() -> None:
    stream = io.StringIO()
    with pytest.raises(RuntimeError), show.TickList(stream).step("bank ALFA ready"):
        raise RuntimeError
    assert stream.getvalue().startswith("✗ bank ALFA ready")


def test_a_quiet_tick_list_says_nothing_even_on_a_terminal() -> None:
    stream = Terminal()
    ticks = show.TickList(stream, quiet=True)
    ticks.running("x")
    ticks.done("x")
    assert stream.getvalue() == ""


def test_the_line_under_way_gives_way_to_what_is_said_next() -> None:
    stream = Terminal()
    ticks = show.TickList(stream)
    ticks.paint = show.Paint(True)  # whatever TERM and NO_COLOR say where the tests run
    ticks.running("half")
    ticks.running("half")
    ticks.say("news")
    ticks.clear()
    assert stream.getvalue() == "\r\x1b[K\x1b[2m…\x1b[0m half\r\x1b[Knews\n"
