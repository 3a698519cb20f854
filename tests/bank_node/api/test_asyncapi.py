"""The description of the messages: valid by the official schema, complete, and true to what travels."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from bank_node.api.asyncapi import describe
from bank_node.broker.topics import topic_specs
from bank_node.transfers.schemas import MODELS
from bank_node.transfers.wire_files import documents
from tests.support.counter import Caller

# AsyncAPI 3.1.0 as @asyncapi/specs 6.11.1 has it, unchanged (Apache License 2.0, the AsyncAPI Initiative).
OFFICIAL = gzip.decompress(Path(__file__).with_name("asyncapi-3.1.0.json.gz").read_bytes())
PUBLISHED = "51d3274899ad2875f25c18fd1aef4d5512f0a97be785d519740bde55a4162f61"


@pytest.fixture(scope="module")
def document(caller: Caller) -> dict[str, Any]:
    answer = caller.http.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    found: dict[str, Any] = answer.json()
    return found


def complaints(document: dict[str, Any]) -> list[str]:
    official = orjson.loads(OFFICIAL)
    return [f"{error.json_path}: {error.message[:300]}" for error in Draft7Validator(official).iter_errors(document)]


def test_the_official_schema_is_the_one_that_was_published() -> None:
    assert hashlib.sha256(OFFICIAL).hexdigest() == PUBLISHED


def test_the_document_is_valid_by_the_official_schema(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.1.0"
    assert complaints(document) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("asyncapi",), "3.0.9"),
        (("channels", "external-transfers", "bindings", "kafka", "partitions"), "many"),
        (("operations", "read external-transfers", "action"), "listen"),
        (("components", "schemas", "Accepted", "type"), "thing"),
    ],
)
def test_the_official_schema_notices_what_is_wrong(document: dict[str, Any], path: tuple[str, ...], wrong: str) -> None:
    spoilt = part = orjson.loads(orjson.dumps(document))
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = wrong
    assert complaints(spoilt)


def test_it_names_every_topic_as_the_bank_makes_it(document: dict[str, Any], caller: Caller) -> None:
    for spec in topic_specs(caller.bank.settings):
        kafka = document["channels"][spec.name]["bindings"]["kafka"]
        assert (kafka["topic"], kafka["partitions"], kafka["bindingVersion"]) == (spec.name, spec.partitions, "0.5.0")
        assert kafka["topicConfiguration"]["cleanup.policy"] == [spec.config["cleanup.policy"]]
    assert len(document["channels"]) == len(topic_specs(caller.bank.settings))


def test_every_message_is_on_a_topic_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    on_topics = [type_ for channel in document["channels"].values() for type_ in channel["messages"]]
    assert sorted(on_topics) == sorted(MODELS)
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', orjson.dumps(document).decode()):
        part = document
        for name in reference.split("/"):
            part = part[name]


def test_its_payloads_are_the_schemas_of_the_wire(document: dict[str, Any]) -> None:
    for type_, kept in documents().items():
        told = orjson.loads(orjson.dumps(document["components"]["schemas"][MODELS[type_].__name__]))
        assert told["properties"].keys() == kept["properties"].keys()
        assert told["required"] == kept["required"]
        Draft202012Validator.check_schema(kept)


def test_the_schemas_are_served_as_files(caller: Caller) -> None:
    for type_, kept in documents().items():
        assert caller.http.get(f"/docs/wire/{type_}.json").json() == kept
    assert len(caller.http.get("/docs/wire/vectors.json").json()["examples"]) == 10


def test_the_docs_page_leads_there(caller: Caller) -> None:
    assert 'href="/asyncapi.json"' in caller.http.get("/docs").text


def test_every_node_of_the_broker_is_named_and_no_secret(caller: Caller) -> None:
    change = {"kafka_bootstrap_servers": "k1:9092, k2:9092", "kafka_security": {"sasl_plain_password": "hush"}}
    settings = caller.bank.settings.model_copy(update=change)
    told = describe(type(caller.bank)(**{**vars(caller.bank), "settings": settings}))
    assert [server["host"] for server in told["servers"].values()] == ["k1:9092", "k2:9092"]
    assert {server["protocol"] for server in told["servers"].values()} == {"kafka-secure"}
    assert b"hush" not in orjson.dumps(told)
    assert complaints(told) == []
