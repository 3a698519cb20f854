"""What is done to a bank in a graded run, one file each: the plan is played, something is broken meanwhile, and proven.

stage      what a scenario may do, and what it leaves behind; table: which there are
errands    transfers of a scenario's own; meanwhile: what went on while something was broken

of the broker: broker_stops, broker_killed (outage: what they share), broker_frozen, broker_out_of_reach,
               leader_changes
of the wire:   acks_lost, bad_line, cut_off, one_way, line_flaps
of the topic:  overtaken, tail_lost, topic_wiped
of the banks:  wire_points, W1 to W6 (hits: killed at a moment, brought back, again)
"""
