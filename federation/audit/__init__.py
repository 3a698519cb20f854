"""`bankfed verify`: the laws over a federation, while it runs.

reading      a snapshot of every bank: of a running one over HTTP, of a stopped one from its file
one_moment   brings snapshots that were taken one after the other to one moment
chain        each bank's audit log, and its books held against it
announced    which exchange keys a bank has told the others, for `bankfed rekey`
verdict      the laws over them, the conservation meter, what is still under way

The laws themselves are the banks' own list (`bank_node.transfers.laws`), the same that tests and simulation use.
"""
