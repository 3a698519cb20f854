"""The description of the messages: one AsyncAPI 3.1 document per bank, for every topic, from the models of the wire.

What a bank answers over HTTP is described by `docs`. The schemas themselves, and content hashes to try another
implementation on, are served as files beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bank_node.api.health import version
from bank_node.api.respond import JSON
from bank_node.bank import Bank
from bank_node.settings import BANK_ID
from bank_node.transfers.news import AUDIT_LINES
from bank_node.transfers.news_schemas import NEWS
from bank_node.transfers.ports import TopicSpec
from bank_node.transfers.registry import BANK_RECORD
from bank_node.transfers.schemas import MODELS, json_schema
from bank_node.transfers.topics import (
    ACCOUNT_FUNDED,
    AUDIT_LOG,
    BANK_REGISTRY,
    DEAD_LETTERS,
    EXTERNAL_TRANSFERS,
    TRANSACTION_COMPLETED,
    TRANSACTION_FAILED,
    TRANSACTION_INITIATED,
    topic_specs,
)
from bank_node.transfers.wire_files import WIRE

_ABOUT = """Banks speak over Kafka; no bank calls another one's HTTP. The broker is a hint channel: every message may
come twice, late, out of order or never, and changes money once. The receiving bank's first committed decision on
(`from_bank`, `transaction_id`) is final. Unknown fields are ignored; a record without headers is read."""
_BINDING = {"bindingVersion": "0.5.0"}
_SCHEMA_REF = "#/components/schemas/{model}"
_BANK_KEY = {"type": "string", "pattern": BANK_ID}
_HEADERS = {
    "content-type": "application/json",
    "ce_specversion": "CloudEvents 1.0, binary mode",
    "ce_id": "the event_id",
    "ce_type": "the type",
    "ce_source": "the federation and the bank that speaks",
    "traceparent": "W3C: a transfer is one trace, each of its messages a span",
}


@dataclass(frozen=True, slots=True)
class _Topic:
    about: str
    types: tuple[str, ...] = ()
    key: str = ""
    read: bool = True  # by a bank; written it is in any case


def _news(about: str, type_: str, key: str = "Whose account it is") -> _Topic:
    return _Topic(f"{about} For whoever wants to watch; losing it harms no money.", (type_,), key, read=False)


_TOPICS = {
    EXTERNAL_TRANSFERS: _Topic(
        "All messages about money. The partition is murmur2 of the key, as Java's default partitioner has it; a bank "
        "reads only its own partition.",
        tuple(type_ for type_ in MODELS if type_ not in ("dead.letter", BANK_RECORD, *NEWS)),
        "The bank that is spoken to; of an answer the one that asked",
    ),
    DEAD_LETTERS: _Topic(
        "Records that could not be believed, with where they were read and why.",
        ("dead.letter",),
        "The bank they say they come from, or empty",
        read=False,
    ),
    BANK_REGISTRY: _Topic(
        "Who the banks are: the newest word of each, which proves itself.",
        (BANK_RECORD,),
        "The federation's id, a slash, the bank's id",
    ),
    TRANSACTION_INITIATED: _news("Money that has left an account.", "transaction.initiated"),
    TRANSACTION_COMPLETED: _news("Money that has arrived, told by the bank that sent it.", "transaction.completed"),
    TRANSACTION_FAILED: _news("Money that was refused, and is back.", "transaction.failed"),
    ACCOUNT_FUNDED: _news("Money that has come onto an account.", "account.funded"),
    AUDIT_LOG: _news("Everything that happened at a bank, many rows to a record.", AUDIT_LINES, "The bank"),
}


def routes() -> list[BaseRoute]:
    return [
        Route("/asyncapi.json", _document, include_in_schema=False),
        Mount("/docs/wire", StaticFiles(directory=WIRE), name="docs-wire"),
    ]


def describe(bank: Bank) -> dict[str, Any]:
    """The AsyncAPI document of this bank."""
    settings, charter = bank.settings, bank.charter
    group = f"bankfed.{charter.federation_id}.{charter.bank_id}"
    specs = {spec.name: spec for spec in topic_specs(settings.external_transfers_partitions, settings.retention_ms)}
    own_url = charter.directory[charter.bank_id]
    return {
        "asyncapi": "3.1.0",
        "id": f"urn:bankfed:{charter.federation_id}:{charter.bank_id}",
        "info": {
            "title": f"Messages of {charter.name or charter.bank_id} ({charter.bank_id})",
            "version": version(),
            "description": _ABOUT,
            "externalDocs": {
                "description": "content hashes, macs and a certificate to try",
                "url": f"{own_url}/docs/wire/vectors.json",
            },
        },
        "defaultContentType": "application/json",
        "servers": _servers(settings.kafka_bootstrap_servers, secure=bool(settings.kafka_security)),
        "channels": {name: _channel(specs[name], topic) for name, topic in _TOPICS.items()},
        "operations": _operations(group),
        "components": {
            "messages": {type_: _message(type_, topic.key) for topic in _TOPICS.values() for type_ in topic.types},
            "schemas": _schemas(),
        },
    }


def _servers(bootstrap: str, *, secure: bool) -> dict[str, Any]:
    hosts = [host.strip() for host in bootstrap.split(",") if host.strip()]
    protocol = "kafka-secure" if secure else "kafka"
    return {f"kafka-{place}": {"host": host, "protocol": protocol} for place, host in enumerate(hosts, 1)}


def _channel(spec: TopicSpec, topic: _Topic) -> dict[str, Any]:
    config: dict[str, Any] = dict(spec.config)
    config["cleanup.policy"] = config["cleanup.policy"].split(",")
    if "retention.ms" in config:
        config["retention.ms"] = int(config["retention.ms"])
    return {
        "address": spec.name,
        "description": topic.about,
        "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in topic.types},
        "bindings": {
            "kafka": {"topic": spec.name, "partitions": spec.partitions, "topicConfiguration": config, **_BINDING}
        },
    }


def _operations(group: str) -> dict[str, Any]:
    found = {}
    for name, topic in _TOPICS.items():
        channel = {"$ref": f"#/channels/{name}"}
        found[f"write {name}"] = {"action": "send", "channel": channel}
        if topic.read:
            kafka = {"groupId": {"type": "string", "const": group, "description": "for lag monitors only"}, **_BINDING}
            found[f"read {name}"] = {"action": "receive", "channel": channel, "bindings": {"kafka": kafka}}
    return found


def _message(type_: str, key: str) -> dict[str, Any]:
    model = MODELS[type_]
    message = {
        "name": type_,
        "title": type_,
        "summary": (model.__doc__ or "").strip(),
        "contentType": "application/json",
        "headers": {"$ref": _SCHEMA_REF.format(model="Headers")},
        "payload": {"$ref": _SCHEMA_REF.format(model=model.__name__)},
        "bindings": {"kafka": {"key": {**_key_of(type_), "description": key}, **_BINDING}},
    }
    if "transaction_id" in model.model_fields:
        message["correlationId"] = {"location": "$message.payload#/transaction_id"}
    return message


def _key_of(type_: str) -> dict[str, Any]:
    return {"type": "string"} if type_ == BANK_RECORD or (type_ in NEWS and type_ != AUDIT_LINES) else _BANK_KEY


def _schemas() -> dict[str, Any]:
    headers = {name: {"type": "string", "description": words} for name, words in _HEADERS.items()}
    found: dict[str, Any] = {"Headers": {"type": "object", "properties": headers}}
    for type_, model in MODELS.items():
        schema = json_schema(type_, _SCHEMA_REF)
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found


def _document(request: Request) -> Response:
    return Response(_rendered(request.app), media_type=JSON)


@cache
def _rendered(app: FastAPI) -> bytes:
    return orjson.dumps(describe(app.state.bank))
