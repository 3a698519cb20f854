"""Which scenarios there are: every module of this package that has a `SCENE`, or several as `SCENES`, in the order of
the score sheet."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from federation.failure import ExitCode, Failure
from federation.grading import scenarios
from federation.grading.scenarios.stage import Scene
from federation.grading.sheet import SCENARIOS


@cache
def scenes() -> dict[str, Scene]:
    """By id: those of the sheet, then those that only diagnose."""
    found: dict[str, Scene] = {}
    for entry in pkgutil.iter_modules(scenarios.__path__):
        module = importlib.import_module(f"{scenarios.__name__}.{entry.name}")
        for scene in (*_the_one(module), *getattr(module, "SCENES", ())):
            found[scene.id] = scene
    on_the_sheet = {one.id: found[one.id] for one in SCENARIOS if one.id in found}
    return on_the_sheet | {id_: found[id_] for id_ in sorted(set(found) - set(on_the_sheet))}


def scene(id_: str) -> Scene:
    """Raises Failure in words."""
    found = scenes().get(id_) or next((one for one in scenes().values() if id_ in one.also), None)
    if found is None:
        why = f"there are {', '.join(scenes())}"
        raise Failure(f"there is no scenario {id_}", why=why, code=ExitCode.USAGE)
    return found


def _the_one(module: object) -> Iterable[Scene]:
    found = getattr(module, "SCENE", None)
    return () if found is None else (found,)
