"""Asks banks what a plan says, at an open rate, and writes down what came of it: `history.jsonl`.

line      HTTP over a connection of its own: what left, what came back, and the very moment of both
counter   one bank's counter as tellers see it: signed in, asked, understood
playing   steps, each at its event: `scenarios.stage.Play`
rest      when a play is over: unknown orders asked again, all awaited, all read once more
drive     what a course holds: one history and one loop beside it, from the founding of a federation on

It judges nothing. Definite is what the contract calls so; all else nobody knows, and a bank that answers nonsense gets
a sentence for it.
"""
