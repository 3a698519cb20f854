"""Kafka's jars: locked, verified, fetched once, and refused in words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import requests

from federation.brokers import jars
from federation.brokers.jars import Jar
from federation.failure import Failure

CONTENTS = {name: f"the classes of {name}".encode() for name in ("kafka", "scala", "slf4j")}
JARS = tuple(Jar("org.test", name, "1.0", hashlib.sha256(content).hexdigest()) for name, content in CONTENTS.items())


class Library:
    """The place where jars come from, without a network."""

    def __init__(self, **changed: bytes) -> None:
        self.contents = CONTENTS | changed
        self.asked: list[str] = []
        self.errors: list[Exception] = []

    def __call__(self, jar: Jar, folder: Path) -> Path:
        self.asked.append(jar.artifact)
        if self.errors:
            raise self.errors.pop()
        folder.mkdir()
        (folder / jar.name).write_bytes(self.contents[jar.artifact])
        return folder / jar.name


def ensure(cache: Path, library: Library) -> str:
    return jars.ensure(jars=JARS, cache=cache, fetch=library)


def test_every_jar_of_kafka_has_the_version_of_the_broker() -> None:
    versions = {jar.artifact: jar.version for jar in jars.locked() if jar.group == "org.apache.kafka"}
    assert len(versions) > 10
    assert {"kafka_2.13", "kafka-clients", "kafka-metadata", "kafka-raft"} <= set(versions)
    assert set(versions.values()) == {jars.KAFKA_VERSION}


def test_the_lock_names_files_and_hashes_and_no_place() -> None:
    text = jars.LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    assert json.loads(text)["roots"] == list(jars.ROOTS)
    found = jars.locked()
    assert all(len(jar.sha256) == 64 for jar in found)
    assert len({jar.name for jar in found}) == len(found), "two jars of one name would overwrite each other"


def test_what_is_missing_is_fetched_and_never_asked_for_again(tmp_path: Path) -> None:
    library, seen = Library(), []
    cache = tmp_path / "not" / "there" / "yet"
    classpath = jars.ensure(lambda *step: seen.append(step), jars=JARS, cache=cache, fetch=library)
    assert sorted(library.asked) == ["kafka", "scala", "slf4j"]
    assert classpath == ":".join(str(cache / jar.name) for jar in JARS)
    assert seen == [("fetching Kafka", done, 3) for done in range(4)]
    assert sorted(path.name for path in cache.iterdir()) == sorted(jar.name for jar in JARS), "no scratch is left"

    library.asked.clear()
    assert ensure(cache, library) == classpath
    assert library.asked == []


def test_a_damaged_jar_in_the_cache_is_fetched_once_again(tmp_path: Path) -> None:
    ensure(tmp_path, Library())
    (tmp_path / "scala-1.0.jar").write_bytes(b"bit rot")
    library = Library()
    ensure(tmp_path, library)
    assert library.asked == ["scala"]
    assert (tmp_path / "scala-1.0.jar").read_bytes() == CONTENTS["scala"]


def test_a_wrong_jar_from_outside_is_refused_with_both_hashes(tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        ensure(tmp_path, Library(kafka=b"something else"))
    assert "kafka-1.0.jar" in refused.value.what
    assert JARS[0].sha256 in refused.value.why
    assert hashlib.sha256(b"something else").hexdigest() in refused.value.why
    assert refused.value.do
    assert not (tmp_path / "kafka-1.0.jar").exists(), "a wrong jar is never kept"


def test_no_network_on_the_first_start_is_said_in_words(tmp_path: Path) -> None:
    library = Library()
    library.errors = [requests.ConnectionError("[Errno -3] name resolution")] * 20
    with pytest.raises(Failure) as refused:
        ensure(tmp_path, library)
    assert "Kafka could not be fetched" in refused.value.what
    assert "no network" in refused.value.why
    assert "--broker" in refused.value.do


def test_a_damaged_jar_and_no_network_names_both(tmp_path: Path) -> None:
    ensure(tmp_path, Library())
    (tmp_path / "slf4j-1.0.jar").write_bytes(b"bit rot")
    library = Library()
    library.errors = [requests.ConnectionError()] * 20
    with pytest.raises(Failure) as refused:
        ensure(tmp_path, library)
    assert "slf4j-1.0.jar" in refused.value.what
    assert "damaged" in refused.value.what
    assert JARS[2].sha256 in refused.value.why
    assert hashlib.sha256(b"bit rot").hexdigest() in refused.value.why
    assert "no network" in refused.value.why


def test_a_short_trouble_of_the_network_is_tried_through(tmp_path: Path) -> None:
    library = Library()
    library.errors = [requests.Timeout(), requests.ConnectionError()]
    ensure(tmp_path, library)
    assert len(library.asked) == 5


def test_a_jar_that_nobody_has_is_not_asked_for_three_times(tmp_path: Path) -> None:
    library = Library()
    library.errors = [RuntimeError("Artifact not found in remote repositories")]
    with pytest.raises(Failure) as refused:
        jars.ensure(jars=JARS[:1], cache=tmp_path, fetch=library)
    assert "does not have it" in refused.value.why
    assert library.asked == ["kafka"]


def test_a_cache_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(Failure, match="cannot be kept") as refused:
        ensure(tmp_path / "file" / "jars", Library())
    assert "BANKFED_CACHE" in refused.value.do


def test_the_cache_is_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BANKFED_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert jars.cache_folder() == tmp_path / ".cache/bankfed/jars"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert jars.cache_folder() == tmp_path / "xdg/bankfed/jars"
    monkeypatch.setenv("BANKFED_CACHE", str(tmp_path / "own"))
    assert jars.cache_folder() == tmp_path / "own/jars"
