"""`python -m federation.cli` is `bankfed`."""

from __future__ import annotations

import sys

from federation.cli import main

sys.exit(main())
