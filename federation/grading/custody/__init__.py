"""The room where strangers' programs run: in a copy of their folder, within limits, under a keeper, and not for longer
than the grader. Nothing here trusts a word that a program says of itself.

stay        a submission's stay: copy, set-up command, its banks, and at the end nothing is left
ward        one bank's node through all of its lives: start, ready, pause, kill, stop, a full disk
life        one life from the grader's side; keeper: the process between, which ends all that came of the node
limits      how much there is of everything; lodging: folders, and an environment from scratch
kin         who belongs to whom; register: pids on the disk, for the run after a crash
complaint   what went wrong, in words
"""
