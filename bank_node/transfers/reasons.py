"""The one list of reasons (codes of the ISO 20022 external set), each in plain words for teller and customer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    teller: str
    customer: str


REASONS = {
    reason.code: reason
    for reason in (
        Reason("AC01", "There is no such account.", "The account number does not exist."),
        Reason("AC04", "The account is closed.", "The account has been closed."),
        Reason("AC06", "The account is blocked.", "The account cannot be used at the moment."),
        Reason(
            "AG01", "This kind of payment is not allowed on the account.", "The account does not allow this payment."
        ),
        Reason("AM02", "The amount is above the limit.", "The amount is above a limit."),
        Reason("AM03", "The account is kept in another currency.", "The account is kept in another currency."),
        Reason("AM04", "There is not enough money on the account.", "There is not enough money on the account."),
        Reason("AM05", "The payment's id was used before with other content.", "The payment was already made."),
        Reason("AM12", "The amount is not valid.", "The amount is not valid."),
        Reason("AB05", "The payment expired or was cancelled before it was seen.", "The payment ran out of time."),
        Reason("AB08", "The other bank is offline.", "The other bank cannot be reached at the moment."),
        Reason("BE04", "The name or the account number is not valid.", "The payee's details are not valid."),
        Reason("FF01", "The message is malformed.", "The payment could not be read."),
        Reason("FOCR", "The payment was called back.", "The payment was called back."),
        Reason("MS03", "The other bank gave no reason.", "The other bank gave no reason."),
        Reason("TM01", "The payment came after the cut-off time.", "The payment came too late in the day."),
    )
}


def teller_words(code: str | None) -> str:
    """One plain sentence for a teller; codes of other banks that are not in the list get MS03's."""
    return REASONS.get(code or "MS03", REASONS["MS03"]).teller


def coded(code: str | None, said: str | None = None) -> str:
    """Why, with its code: in the other bank's own words where they are given, else in ours."""
    known = code or "MS03"
    return f"{quoted(said)} ({known})" if said and said.strip() else f"{teller_words(known).rstrip('.')} ({known})."


def reason_said(code: str | None, text: str | None) -> dict[str, str | None] | None:
    """Why a payment was refused, for programs: the list's sentence, and beside it what the other bank wrote."""
    return {"code": code, "text": teller_words(code), "said": text} if code else None


def spoken(said: str) -> str:
    """A text as a sentence."""
    words = said.strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?", "…")) else ".")


def quoted(said: str | None, nothing: str = REASONS["MS03"].teller) -> str:
    """What somebody else wrote, as a sentence in quotes: nobody may take it for ours. `nothing` where there is none."""
    return f"“{spoken(said)}”" if said and said.strip() else nothing
