"""A graded run: founding a federation, scenario after scenario on it, one score.

grading    one submission from its custody to its score; gate: the first contact, on a federation of its own
profiles   how much of the sheet is tried, how often, how patiently
lane       federations one after the other, and scenarios on them; two lanes go on beside each other
standing   one federation from its founding on: a scenario is played, then all that ever happened there is judged
on_stage   what a scenario may do there; tellers: the driver, with its share of the plan; mending: all heals
news       which findings are new
outcome    what came of it all, for reports
school     a class, each submission by a process of its own; matrix: the bundled ones; soak: everything at random
"""
