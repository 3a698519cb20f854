"""`bankfed grade`: any bank's node, in any language, judged from outside. CONTRACT.md is what a node promises.

submission    `bank.toml`: name, start, offers; adapter: what a node calls otherwise; declared: TOML, faults in words
dialect       the contract's HTTP in a node's own words; records: its messages; amounts, misfit: what fits and what not
town          who banks where in a graded run, and each bank's seed file
plan          what will be asked, in units of events; workload: drawn from a seed, whole or in slices for a course
drawing       what only some scenarios ask: a crowd, dimes, one key many times, a storm
driver        who asks it, and writes down what came of it
calls         a request and what came of it; history_file: `history.jsonl`, history: as the checkers read it
clock         the one that all of this is timed by
evidence      all that a verdict rests on; books: what a bank of level 2 shows of itself; bundle: all of it as a folder
checkers      the nineteen properties, Q01 to Q19
conformance   the first contact, in words: the gate
blame         whose fault it was: the node's, the broker's, the grader's
sheet         a hundred points as data; score: from results to points; storm: one play that is worth four of them
model         a federation on one sheet of paper; replay: the whole history through it, the first disagreement
telling       amounts, transfers and times in sentences
reports       what is handed out: a page, results.json, junit.xml, a class's list; evidence judged again
custody       where submissions run that nobody trusts: limits, keepers, verdicts in words
submissions   banks that come with the grader: the reference, thirty mutants, six variants, the canary
templates     banks to begin with, in Python and Node.js; naive: somebody's first attempt, through its adapter

It knows a bank by its public face. What judges starts nothing, asks nothing, has no clock: it reads what was written.
"""
