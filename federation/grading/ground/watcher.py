"""Waits for the grader's end, and ends its broker: `python -m federation.grading.ground.watcher FOLDER`.

Its standard input is a pipe from the grader, which says nothing and ends with it, however it ends.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from federation.grading.ground.own_broker import end_broker
from federation.launcher.processes import set_title

SETTLES_S = 1.0  # a broker that was just being started writes down who it is


def main(folder: Path) -> None:
    set_title("bankfed watcher")
    while os.read(0, 1024):
        pass
    if folder.exists():
        time.sleep(SETTLES_S)
        end_broker(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
