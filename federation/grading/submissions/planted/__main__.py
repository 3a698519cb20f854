"""`python -m federation.grading.submissions.planted NAME [--beside]`: a bank of a graded run."""

from __future__ import annotations

import sys

from federation.grading.submissions.planted.bank import run_planted
from federation.grading.submissions.planted.table import PLANTED


def main(arguments: list[str]) -> int:
    match arguments:
        case [name] if name in PLANTED:
            return run_planted(PLANTED[name])
        case [name, "--beside"] if name in PLANTED:
            return run_planted(PLANTED[name].without_the_bug())
    print(f"usage: NAME [--beside], of {', '.join(PLANTED)}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
