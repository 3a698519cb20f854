"""The plans that ever broke a law, shrunk: played first, for ever. The project's own lie beside this file.

A seed alone would not do: a plan that is made otherwise one day is another plan.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from federation.failure import Failure
from federation.simulation.plan import Plan, read_plan

OWN = Path(__file__).with_name("failing_seeds.json")


def kept_plans(*files: Path) -> list[Plan]:
    """What the project and this user have kept. Raises Failure where a file can not be read."""
    return [read_plan(kept["plan"]) for file in (OWN, *files) for kept in _read(file)]


def keep(file: Path, law: str, sentence: str, plan: Plan) -> bool:
    """Adds a plan; False where it is kept already."""
    found = _read(file)
    said = plan.as_json()
    if any(kept["plan"] == said for kept in found):
        return False
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(file, [*found, {"seed": plan.seed, "law": law, "sentence": sentence, "plan": said}])
    return True


def _read(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(found, list) or not all("plan" in kept for kept in found):
            raise ValueError("it is not a list of plans")
    except (OSError, ValueError, TypeError) as error:
        raise Failure(f"{file} can not be read", why=str(error), do="mend it or move it away") from error
    return found


def _write(file: Path, kept: Sequence[dict[str, Any]]) -> None:
    aside = file.with_suffix(".new")
    aside.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    aside.replace(file)
