"""The lab: breaks a bank on purpose, at a named place. Only with the lab flag and on loopback.

failpoints   the table of names, what is armed, what happens when one is reached
notebook     what must outlive the kill: what was fired, what waits for the next start
watching     the places: the writer and the broker as the lab sees them, reaching the failpoints on the way
routes       /lab/failpoints; ledger /lab/ledger, the books laid open for a grader
laboratory   all of it around one bank

`main` hands it in; no room knows of it, so a bank without it pays nothing. The simulation puts `watching` around its
own ends, with a failpoint that raises what no room catches.
"""
