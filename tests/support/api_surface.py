"""What programs may lean on in a bank's API: its operations, what they need, and the members of what they say.

`python -m tests.support.api_surface > tests/bank_node/api/surface.json` writes down what is there now, after something
was added.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.counter import a_caller

WRITTEN_DOWN = Path(__file__).parents[1] / "bank_node" / "api" / "surface.json"


def surface(document: dict[str, Any]) -> dict[str, Any]:
    """Operations with required parameters and good statuses, models with members and which of them are required."""
    operations = {
        f"{method.upper()} {path}": {
            "needs": sorted(p["name"] for p in operation.get("parameters", ()) if p.get("required")),
            "answers": sorted(status for status in operation["responses"] if status < "300"),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    models = {
        name: {
            "members": {member: _type(schema) for member, schema in model.get("properties", {}).items()},
            "needs": sorted(model.get("required", ())),
        }
        for name, model in document["components"]["schemas"].items()
    }
    return {"operations": operations, "models": models}


def taken_away(before: dict[str, Any], now: dict[str, Any], requests: set[str]) -> list[str]:
    """What a program that was right before would miss now; `requests` are the models that programs fill in."""
    missed = []
    for label, was in before["operations"].items():
        found = now["operations"].get(label)
        if found is None:
            missed.append(f"{label} is gone")
            continue
        missed += [f"{label} needs {name} now" for name in sorted(set(found["needs"]) - set(was["needs"]))]
        missed += [
            f"{label} answers {status} no more" for status in sorted(set(was["answers"]) - set(found["answers"]))
        ]
    for name, was in before["models"].items():
        found = now["models"].get(name, {"members": {}, "needs": []})
        for member, type_ in was["members"].items():
            if found["members"].get(member) != type_:
                missed.append(f"{name}.{member} was {type_}, is {found['members'].get(member, 'gone')}")
        if name in requests:
            missed += [f"{name} needs {member} now" for member in sorted(set(found["needs"]) - set(was["needs"]))]
    return missed


def _type(schema: dict[str, Any]) -> str:
    """In a word or two; what can be one of several things as all of them."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("type", "anything"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, a_caller(Path(folder)) as caller:
        json.dump(surface(caller.http.get("/openapi.json").json()), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
