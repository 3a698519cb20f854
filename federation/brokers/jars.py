"""Where Kafka's code comes from: the jars of kafka.lock.json, fetched by their Maven coordinates, kept in a user cache.

A jar is used only if its sha256 is the lock's; one that is not is fetched once again. What is there and right is never
asked for again: after the first start no network is needed. `python -m federation.brokers.jars lock` remakes the lock.
Running them is not here: that is kafka_node's, and the Java is java's.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from federation.brokers.broker import Progress, silent
from federation.failure import Failure

LOCK = Path(__file__).with_name("kafka.lock.json")
KAFKA_VERSION = "4.3.1"
# slf4j-simple, not log4j: with log4j-slf4j-impl the versions of that artifact's imported BOM won (kafka-clients 3.9.1)
ROOTS = (f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}", "org.slf4j:slf4j-simple:1.7.36")
THREADS = 8
ATTEMPTS = 3

logging.getLogger("jgo").setLevel(logging.ERROR)  # it warns of what is refused here anyway


@dataclass(frozen=True, slots=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


# fetches one jar into a folder of its own and returns the file
Fetch = Callable[[Jar, Path], Path]


def locked(lock: Path = LOCK) -> tuple[Jar, ...]:
    return tuple(Jar(**jar) for jar in json.loads(lock.read_text(encoding="utf-8"))["jars"])


def cache_folder() -> Path:
    """BANKFED_CACHE, else the user's cache folder."""
    if chosen := os.environ.get("BANKFED_CACHE"):
        return Path(chosen).expanduser().absolute() / "jars"
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).expanduser().absolute() / "bankfed" / "jars"


def missing(jars: Iterable[Jar] | None = None, cache: Path | None = None) -> list[Jar]:
    """The jars that are not there, or not as the lock says. Reads all of them: 0.05 s."""
    folder = cache or cache_folder()
    return [jar for jar in jars or locked() if sha256_of(folder / jar.name) != jar.sha256]


def classpath(jars: Iterable[Jar] | None = None, cache: Path | None = None) -> str:
    folder = cache or cache_folder()
    return os.pathsep.join(str(folder / jar.name) for jar in jars or locked())


def ensure(
    progress: Progress = silent,
    *,
    jars: Sequence[Jar] | None = None,
    cache: Path | None = None,
    fetch: Fetch | None = None,
) -> str:
    """The class path of Kafka, every jar of it verified; fetches what is missing. Raises Failure in words."""
    jars, folder = jars or locked(), cache or cache_folder()
    wanted = missing(jars, folder)
    if wanted:
        _fetch_all(wanted, len(jars), folder, fetch or fetch_from_maven, progress)
    return classpath(jars, folder)


def _fetch_all(wanted: list[Jar], total: int, folder: Path, fetch: Fetch, progress: Progress) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".fetching-", dir=folder))
    except OSError as error:
        raise Failure(
            f"Kafka's jars cannot be kept in {folder}",
            why=error.strerror or str(error),
            do="make that folder writable, or name another: BANKFED_CACHE=DIR",
        ) from error
    done = total - len(wanted)
    progress("fetching Kafka", done, total)
    pool = ThreadPoolExecutor(THREADS)
    try:
        for arrived in as_completed([pool.submit(_fetch_one, jar, folder, scratch, fetch) for jar in wanted]):
            arrived.result()
            done += 1
            progress("fetching Kafka", done, total)
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(scratch, ignore_errors=True)


def _fetch_one(jar: Jar, folder: Path, scratch: Path, fetch: Fetch) -> None:
    was_corrupt = (folder / jar.name).exists()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            file = fetch(jar, scratch / f"{jar.name}-{attempt}")
            break
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo says "not found" as RuntimeError
            if attempt == ATTEMPTS or isinstance(error, RuntimeError):
                raise _unfetched(jar, error, folder, was_corrupt) from error
    found = sha256_of(file)
    if found != jar.sha256:
        raise Failure(
            f"{jar.name} is not the file that it should be",
            why=f"expected sha256 {jar.sha256}, found {found}, although it was fetched just now",
            do="try another network (a proxy may change what it passes on); do not use this file",
        )
    file.replace(folder / jar.name)


def _unfetched(jar: Jar, error: Exception, folder: Path, was_corrupt: bool) -> Failure:
    if was_corrupt:
        what = f"{jar.name} in {folder} is damaged and could not be fetched again"
        why = f"expected sha256 {jar.sha256}, found {sha256_of(folder / jar.name)}; "
    else:
        what, why = "Kafka could not be fetched", f"{jar.name}: "
    return Failure(
        what,
        why=why + in_words(error),
        do="connect to the network for the first start and try again, or use another broker: "
        "--broker docker, --broker HOST:PORT",
    )


def in_words(error: Exception) -> str:
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate of the place where Java libraries are kept is not trusted here (a proxy in between?)"
    if isinstance(error, requests.Timeout):
        return "the network is too slow, nothing came in time"
    if isinstance(error, requests.ConnectionError):
        return "no network: the place where Java libraries are kept cannot be reached"
    if isinstance(error, RuntimeError):
        return "the place where Java libraries are kept does not have it"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def fetch_from_maven(jar: Jar, folder: Path) -> Path:
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    mirrors = GlobalSettings.load().repositories  # of the user's own jgo.conf; they come first
    context = MavenContext(repo_cache=folder, remote_repos={**mirrors, "central": MAVEN_CENTRAL_URL})
    path: Path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    return path


def sha256_of(file: Path) -> str:
    """In hexadecimal; empty if there is no such file or nobody may read it."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def make_lock(lock: Path = LOCK) -> int:
    """Resolves ROOTS, fetches every jar and writes down what it found. For whoever changes the version of Kafka."""
    import jgo

    found: list[Any] = jgo.resolve("+".join(ROOTS))
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(THREADS) as pool:
        jars = [Jar(each.groupId, each.artifactId, each.version, "") for each in found]
        files = pool.map(lambda jar: fetch_from_maven(jar, Path(scratch) / jar.name), jars)
        entries = [asdict(jar) | {"sha256": sha256_of(file)} for jar, file in zip(jars, files, strict=True)]
    entries.sort(key=lambda entry: (entry["group"], entry["artifact"]))
    lock.write_text(json.dumps({"roots": list(ROOTS), "jars": entries}, indent=1) + "\n", encoding="utf-8")
    return len(entries)


if __name__ == "__main__":
    if sys.argv[1:] != ["lock"]:
        sys.exit("usage: python -m federation.brokers.jars lock")
    print(f"{make_lock()} jars are locked in {LOCK}")
