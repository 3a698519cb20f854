"""A seeded world: the production core on a virtual clock, a simulated broker, real SQLite, judged after every commit.

plan      what happens in one history, as a list that can be read, written down and cut short
planning  a plan from a seed, with workload (what people want) and mischief (what goes wrong)
play      a plan is played: steps, healing, rest
history   what came of it
world     the pieces of one history: house, bus, counter, judge
house     a simulated bank and the lives of its processes
founding  what a bank has before a history begins; accounts and keys: the same in every one
orders    each word of the workload becomes an operation and its order; counter: people, keys, promises
faults    each word of the mischief does its harm; hostile: those about who speaks; scenes: a few that belong together
liar      a member that says what it likes, lies: what it says, forgery: what somebody without a key writes
restoring an old backup is put back, and has to be noticed
bus       the broker's logs, ways: one bank's ports to it
database  SQLite in memory or in a file, line: the connection that tells of commits and may break
writer    the bank's writer without its thread, turns: its loops without theirs
interleaving  the same where a bank has two processes: shared_file is their database, baton whose turn it is
timeline  the heap of what is to happen, clocks: a bank's own time and ids, dice: chance without a stream
mirror    what a bank has committed, row by row
judge     the ten laws after every commit, condensed: banks added up for the laws of sums
branches  which rows of the protocol's tables were reached, tables: their names
trace     what happened, line by line; picture: the same as an SVG
run       many seeds, workers: on all cores, summary: added up
shrink    a failing plan made small, failing: kept and played first
mutants   planted bugs that must be caught, hunting: by which seed each is
on_kafka  a plan on real processes, tamed: what of it comes out the same there

Time, ids, chance, the broker, the line to the database and failpoints come from here; every rule is the bank's own.
"""
