"""Records that somebody writes to hurt: mutations of real ones, byte by byte and field by field, from a seed.

`Enemy(seed, samples).records(count)` draws them; the same seed and samples give the same records. Nobody here has a
key: what is written under a good mac is another story (`liars`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bank_node.transfers import messages

LARGE_EVERY = 1_000  # one record in so many is as large as Kafka takes
LARGE_BYTES = 900_000
DEPTH = 10_000
BANKS = ("ALFA", "BRVO")


@dataclass(frozen=True, slots=True)
class Hostile:
    """`bank`: whose partition it goes to, whatever the key says."""

    bank: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    astray: bool = False  # to a partition where nobody should look for it


class Enemy:
    """Has read the topic: `samples` are the values of real records, of both banks and of every type."""

    def __init__(self, seed: int, samples: Sequence[bytes]) -> None:
        self._dice = random.Random(seed)
        self._samples = [(sample, orjson.loads(sample)) for sample in samples]
        self._ways: tuple[Callable[[bytes, dict[str, Any]], bytes], ...] = (
            self._flipped,
            self._cut,
            self._spliced,
            self._stuffed,
            self._random_bytes,
            self._replayed,
            self._doubled_key,
            self._without_a_field,
            self._other_type_in_a_field,
            self._strange_text_in_a_field,
            self._huge_number,
            self._not_a_number,
            self._deep,
            self._bad_utf8,
            self._wrong_hash,
            self._forged_sender,
            self._answer_to_nothing,
            self._contradiction,
            self._reused_id,
            self._other_version,
            self._fresh_request,
            self._not_an_object,
        )

    def records(self, count: int) -> Iterator[Hostile]:
        for number in range(count):
            sample, fields = self._pick()
            bank = str(fields["to_bank"])
            if number % LARGE_EVERY == LARGE_EVERY - 1:
                yield Hostile(bank, bank.encode(), self._large(sample, fields))
                continue
            value = self._dice.choice(self._ways)(sample, dict(fields))
            yield self._addressed(bank, value)

    def _addressed(self, bank: str, value: bytes) -> Hostile:
        """Most to the bank's own key; some with none, with another's, with garbage; some with no value at all."""
        key: bytes | None = bank.encode()
        headers: tuple[tuple[str, bytes], ...] = ()
        draw = self._dice.random()
        if draw < 0.03:
            key = None
        elif draw < 0.05:
            key = b""
        elif draw < 0.07:
            key = self._dice.choice([b"ZULU", b"\xff\x00", b"x" * 2_000, *(name.encode() for name in BANKS)])
        elif draw < 0.10:
            return Hostile(bank, key, None)
        elif draw < 0.15:
            headers = (("ce_type", self._dice.randbytes(8)), ("\u202e", b""), ("content-type", b"text/html"))
        elif draw < 0.17:
            return Hostile(bank, key, value, astray=True)
        return Hostile(bank, key, value, headers)

    def _pick(self) -> tuple[bytes, dict[str, Any]]:
        return self._dice.choice(self._samples)

    # bytes

    def _flipped(self, sample: bytes, _: dict[str, Any]) -> bytes:
        flipped = bytearray(sample)
        for _time in range(self._dice.choice([1, 1, 1, 2, 8])):
            flipped[self._dice.randrange(len(flipped))] ^= 1 << self._dice.randrange(8)
        return bytes(flipped)

    def _cut(self, sample: bytes, _: dict[str, Any]) -> bytes:
        return sample[: self._dice.randrange(len(sample))]

    def _spliced(self, sample: bytes, _: dict[str, Any]) -> bytes:
        other, _fields = self._pick()
        return sample[: self._dice.randrange(len(sample))] + other[self._dice.randrange(len(other)) :]

    def _stuffed(self, sample: bytes, _: dict[str, Any]) -> bytes:
        at = self._dice.randrange(len(sample))
        stuffing = self._dice.choice([b"\x00", b"\xef\xbb\xbf", b"//", b"\n\n", b",", sample, b"'", b"\\u0000"])
        return sample[:at] + stuffing + sample[at:]

    def _random_bytes(self, _sample: bytes, _: dict[str, Any]) -> bytes:
        return self._dice.randbytes(self._dice.randrange(400))

    def _bad_utf8(self, sample: bytes, _: dict[str, Any]) -> bytes:
        at = sample.index(b'"reference"') if b'"reference"' in sample else self._dice.randrange(len(sample))
        return sample[:at] + self._dice.choice([b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88", b"\xff\xfe"]) + sample[at:]

    def _large(self, sample: bytes, fields: dict[str, Any]) -> bytes:
        if self._dice.random() < 0.5:
            return orjson.dumps(fields | {"reference": "x" * LARGE_BYTES})
        return sample[:-1] + b" " * LARGE_BYTES + b"}"

    # the text of JSON

    def _replayed(self, sample: bytes, _: dict[str, Any]) -> bytes:
        return sample

    def _doubled_key(self, sample: bytes, fields: dict[str, Any]) -> bytes:
        name = self._dice.choice(list(fields))
        again = orjson.dumps({name: self._anything()})[1:-1]
        return sample[:-1] + b"," + again + b"}" if self._dice.random() < 0.5 else b"{" + again + b"," + sample[1:]

    def _huge_number(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        huge = self._dice.choice([b"9" * 400, b"-" + b"9" * 30, b"1e999", b"-0", b"1e-400", b"18446744073709551616"])
        name = self._dice.choice([*fields, "amount_minor", "attempt", "repeats_ignored"])
        return orjson.dumps(fields | {name: "@@"}).replace(b'"@@"', huge)

    def _not_a_number(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        word = self._dice.choice([b"NaN", b"Infinity", b"-Infinity", b"undefined", b"0x10", b"01", b"1.", b".5"])
        name = self._dice.choice([*fields, "amount_minor"])
        return orjson.dumps(fields | {name: "@@"}).replace(b'"@@"', word)

    def _deep(self, sample: bytes, fields: dict[str, Any]) -> bytes:
        depth = self._dice.choice([50, 200, DEPTH])
        nested = b"[" * depth + b"]" * depth if self._dice.random() < 0.5 else b'{"a":' * depth + b"1" + b"}" * depth
        name = self._dice.choice([*fields, "extra"])
        return self._dice.choice([nested, orjson.dumps(fields | {name: "@@"}).replace(b'"@@"', nested)])

    def _not_an_object(self, sample: bytes, _: dict[str, Any]) -> bytes:
        return self._dice.choice([b"[" + sample + b"]", b"null", b"1", b'"' + b"x" * 30 + b'"', b"{}", b"[]", b"true"])

    # fields

    def _without_a_field(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        for _time in range(self._dice.choice([1, 1, 3])):
            fields.pop(self._dice.choice(list(fields) or [""]), None)
        return orjson.dumps(fields)

    def _other_type_in_a_field(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        for _time in range(self._dice.choice([1, 1, 3])):
            fields[self._dice.choice(list(fields))] = self._anything()
        return orjson.dumps(fields)

    def _strange_text_in_a_field(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        strange = [
            "",
            "\u202eEUR",
            "a\x00b",
            "x" * 10_000,
            "../../etc",
            "'; DROP TABLE transfers; --",
            "é" * 141,
            "０１",
        ]
        fields[self._dice.choice(list(fields))] = self._dice.choice(strange)
        return orjson.dumps(fields)

    def _wrong_hash(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        wrong = self._dice.choice(["0" * 64, "f" * 63, "F" * 64, 7, None, self._dice.randbytes(32).hex()])
        name = self._dice.choice(["content_hash", "answers_hash", "original_hash", "mac"])
        return orjson.dumps(fields | {name: wrong})

    def _forged_sender(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        forged = self._dice.choice(["EVIL", fields["to_bank"], "CHRL", "alfa", "", "ALFA\x00"])
        return self._with_its_hash(fields | {"from_bank": forged})

    def _answer_to_nothing(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        hash_ = self._dice.randbytes(32).hex()
        said = {"type": self._an_answer(), "transaction_id": self._an_id(), "answers_hash": hash_}
        return orjson.dumps(fields | said)

    def _contradiction(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        """The hash of the very transfer, another answer than its own; a question becomes its own answer."""
        said = {"type": self._an_answer(), "answers_hash": fields.get("answers_hash", fields.get("content_hash"))}
        return orjson.dumps(fields | said)

    def _reused_id(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        other = {"amount_minor": self._dice.choice([1, 0, -1, 10**15, 10**15 + 1, 2**63, 12.5, "1"])}
        return self._with_its_hash(fields | other)

    def _other_version(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        other = self._dice.choice(["bankfed/2.0", "bankfed/1.9", "bankfed/", "", 1, None, "swift", "bankfed/1." * 99])
        return orjson.dumps(fields | {"schema": other})

    def _fresh_request(self, _sample: bytes, fields: dict[str, Any]) -> bytes:
        """Perfect, but for the key that its writer does not have: money from nowhere."""
        fresh = {"transaction_id": self._an_id(), "type": self._dice.choice(messages.QUESTIONS)}
        return self._with_its_hash(fields | fresh)

    def _with_its_hash(self, fields: dict[str, Any]) -> bytes:
        fields.pop("content_hash", None)
        if self._dice.random() < 0.5:
            fields["content_hash"] = messages.content_hash(fields)
        return orjson.dumps(fields)

    def _an_id(self) -> str:
        return f"hostile-{self._dice.randrange(10**9)}"

    def _an_answer(self) -> str:
        return self._dice.choice(messages.ANSWERS)

    def _anything(self) -> Any:
        return self._dice.choice([None, True, 0, -1, 2**63, 1.5, "", "x", [], [1, [2]], {}, {"a": {"b": []}}, "\u0000"])
