"""A class's list: as a page that sorts by buttons, as CSV that no spreadsheet runs, written again and again."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from pathlib import Path

from federation.grading.reports.classbook import class_csv, class_page, pupil, ungraded, write_class
from tests.support.outcomes import an_outcome, at_the_gate, credited_twice

EVIL = '=HYPERLINK("x")</script><script>alert(1)</script>'
CLASS = (
    pupil("anna", an_outcome(submission="Anna's bank")),
    pupil("bob ü/..", an_outcome({"W4": credited_twice()}, submission=EVIL)),
    pupil(EVIL, at_the_gate()),
    ungraded("dora", "there is no bank.toml in dora"),
)


def test_a_row_says_score_cap_and_the_first_sentence() -> None:
    anna, bob, evil, dora = CLASS
    assert (anna.score, anna.cap, anna.held, anna.scenarios, anna.exit_code) == (100.0, None, 43, 43, 0)
    assert anna.sentence.startswith("All 43 scenarios held")
    assert (bob.score, bob.cap, bob.held, bob.exit_code) == (59.0, 59, 42, 6)
    assert bob.sentence.startswith("Money is not explained")
    assert bob.report == "bob%20%C3%BC/../report.html"
    assert evil.sentence.startswith("The gate was not passed")
    assert (dora.score, dora.exit_code) == (None, 9)


def test_the_page_has_a_row_each_and_one_script_of_ours() -> None:
    page = class_page(CLASS, EVIL)
    assert page.count("<tr>") == 1 + len(CLASS)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "alert(1)" not in script
    assert 'href="anna/report.html"' in page
    assert "4 submissions, 3 graded; the one in the middle has 59 of 100 points" in " ".join(page.split())
    assert re.findall(r'href="([^"]+)"', page)[-1] == "class.csv"
    assert page.index("dora") < page.index("anna") < page.index("bob")


def test_the_csv_reads_as_it_was_meant() -> None:
    rows = list(csv.DictReader(io.StringIO(class_csv(CLASS))))
    assert [row["score"] for row in rows] == ["100.0", "59.0", "0.0", ""]
    assert rows[2]["submission"] == f"'{EVIL}"
    assert rows[0]["report"] == "anna/report.html"
    assert rows[3]["first_sentence"] == "there is no bank.toml in dora"


def test_it_is_written_again_and_again(tmp_path: Path) -> None:
    for known in range(len(CLASS) + 1):
        page = write_class(CLASS[:known], tmp_path, "Distributed systems 2026")
    assert page.name == "class.html"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class.csv", "class.html"]
    assert "Distributed systems 2026" in page.read_text(encoding="utf-8")


def test_a_class_of_nobody_has_a_page() -> None:
    assert "0 submissions" in class_page(())
