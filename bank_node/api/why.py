"""Why it is so: the words for whoever learns how a bank works, and the rows, messages and headers behind them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from bank_node.api.branch_answers import Explanation
from bank_node.api.doors import TheBank, allowed
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.explaining import Kept, explain
from bank_node.people import Person
from bank_node.transfers.explanations import TOPICS

routes = router("desk")

ABOUT = "; ".join(f"of {topic.name}: {topic.about}" for topic in TOPICS.values())


@routes.get("/why/{topic}", response_model=Explanation)
def why(
    bank: TheBank,
    _who: Annotated[Person, allowed("transfers.read")],
    topic: Literal["queue", "dedupe", "hold", "return", "set-aside"],
    id: Annotated[str, Query(max_length=160, description=f"what it is asked of; {ABOUT}")] = "",
) -> Response:
    """Why it is queued, ignored, held, back or set aside: in words, with the records behind it as they are kept."""
    with bank.readers.connection() as connection:
        found = explain(bank, connection, TOPICS[topic], id)
    if found is None:
        raise Stop(Problem("not_found", "This bank has no such record."))
    said = {"topic": found.topic.name, "id": found.id or None, "heading": found.topic.heading}
    return as_json({**said, "words": list(found.topic.words), "records": [_json(kept) for kept in found.records]})


def _json(kept: Kept) -> dict[str, Any]:
    return {
        "table": kept.table,
        "says": kept.says,
        "row": kept.row,
        "message": kept.message,
        "text": kept.text or None,
        "headers": dict(kept.headers) or None,
    }
