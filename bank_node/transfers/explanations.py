"""Why it is so: the paragraphs for whoever learns how a bank works. The records behind them are in `explaining`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

QUEUE, DEDUPE, HOLD, RETURN, SET_ASIDE = "queue", "dedupe", "hold", "return", "set-aside"


@dataclass(frozen=True, slots=True)
class Topic:
    """`name` is in addresses. `about` says what an id of it is."""

    name: str
    heading: str
    words: tuple[str, ...]
    about: str


TOPICS: Final = {
    topic.name: topic
    for topic in (
        Topic(
            QUEUE,
            "Why is it queued?",
            (
                "A payment to another bank begins as two rows that are written together: the booking that debits the "
                "payer, and a message in this bank's own outbox. Either both are on the disk or neither is, so no "
                "crash can leave money gone and nothing said, or something said that was never booked.",
                "Only then a relay publishes the message, and once the broker has acknowledged it, partition and "
                "offset are written into the row. While the broker is away the row waits, and leaves by itself. An "
                "acknowledgement says that the message is in the log, not that anybody has read it: the payment stays "
                "open until the other bank answers.",
            ),
            "a payment this bank sent",
        ),
        Topic(
            DEDUPE,
            "Why was the repeat ignored?",
            (
                "A broker may deliver a message more than once, and a sender who hears no answer says the same "
                "message again. So whoever receives must be able to read everything twice.",
                "The receiver keeps its decision under the key (from_bank, transaction_id), written in one unit of "
                "work with the credit, the answer and its place in the topic. The first one in wins. A repeat finds "
                "the decision: no balance moves, the repeat is counted, and the stored answer goes out once more. The "
                "same id with other content is refused (AM05).",
            ),
            "a payment this bank sent; BANK:id of one it received",
        ),
        Topic(
            HOLD,
            "Why is money on hold?",
            (
                "A hold sets money aside without moving it: the ledger balance stays, what is available is less. "
                "Nothing is booked and no message leaves the bank, so there is nothing to undo when it ends.",
                "available = balance − held − floor. The row of the hold, the account's held and a line of the audit "
                "log are written in one unit of work; held is the sum of the account's live holds. A hold ends when "
                "it is released, when its time is over, or, placed for an approval, when the order is decided.",
            ),
            "the number of a hold",
        ),
        Topic(
            RETURN,
            "Why did the money come back?",
            (
                "Refused (Sent back): the other bank never credited the payment. Its answer transfer.rejected names a "
                "reason, and the unit of work that reads it books the money back to the payer. A bank never refunds "
                "because it has waited for long: no answer is no refusal.",
                "Returned: the other bank had credited the payment and sends money back, by a payment of its own, "
                "transfer.returned, that names the first one and its content hash. The first one stays completed; "
                "what came back is summed beside it, and is never more than it was.",
            ),
            "a payment this bank sent; BANK:id of one it received",
        ),
        Topic(
            SET_ASIDE,
            "Why was this record set aside?",
            (
                "Whoever reaches the broker can write to the topic. What is no JSON, is not of this federation, or is "
                "not sealed with the key of the bank that it claims to come from is not acted on, and does not keep "
                "up what comes after it.",
                "It is kept here with its bytes, its place in the log and their SHA-256, and a copy goes to the dead "
                "letters. A supervisor can have it judged again, by what is believed then.",
            ),
            "the number of a record that was set aside",
        ),
    )
}
