"""What the members of messages are made of, as pydantic sees them; the messages themselves are in `schemas`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bank_node.ledger.account import read_number
from bank_node.ledger.dates import read_rfc3339
from bank_node.ledger.errors import Refusal
from bank_node.ledger.text import PLAIN, TEXT_MAX
from bank_node.transfers.messages import SCHEMA
from bank_node.transfers.registry import NUMBER_MAX

ABSENT: Any = None  # the default of a field that may be left out, but is never null


def _account(number: str) -> str:
    try:
        fits = not number.startswith("XF") or read_number(number) == number
    except Refusal:
        fits = False
    if not fits:
        raise ValueError("begins with XF, and is none of our account numbers")
    return number


def _moment(text: str) -> str:
    try:
        read = read_rfc3339(text)
    except OverflowError as error:
        raise ValueError(str(error)) from error
    if read <= 0:
        raise ValueError("before 1970")
    return text


WireId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
BankId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{3}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hexadecimal")]
Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="A public key, hexadecimal")]
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="Ed25519, hexadecimal")]
Text = Annotated[str, Field(max_length=TEXT_MAX, pattern=PLAIN)]
Moment = Annotated[
    str,
    Field(
        description="RFC 3339 with an offset; ours are UTC with milliseconds", json_schema_extra={"format": "date-time"}
    ),
    AfterValidator(_moment),
]
Account = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=PLAIN,
        description="As its bank numbers it; one that begins with XF must fit its check digits",
    ),
    AfterValidator(_account),
]
Schema = Annotated[
    str,
    Field(
        pattern=r"^bankfed/1\.",
        description=f"{SCHEMA}; an unknown minor version is read tolerantly, an unknown major goes to the dead letters",
    ),
]


class Head(BaseModel):
    """A row of a bank's audit chain."""

    model_config = ConfigDict(extra="allow")

    seq: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    hash: Hash


class Reason(BaseModel):
    """Why something was refused: a code of the ISO 20022 external sets, and words."""

    model_config = ConfigDict(extra="allow")

    code: str
    text: str
