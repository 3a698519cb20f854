"""The zygote imports a bank once, whatever extras are there."""

from __future__ import annotations

import subprocess
import sys


def test_without_the_extras_the_zygote_still_warms_up() -> None:
    """A student's environment has no PostgreSQL driver; the banks start all the same."""
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from federation.launcher.zygote import OUR_BANK, warm_up\n"
        "assert callable(warm_up(OUR_BANK))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
