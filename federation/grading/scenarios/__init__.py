"""What is done to a bank in a graded run, one file each: the plan is played, something is broken meanwhile, and proven.

stage      what a scenario may do, and what it leaves behind; table: which there are
errands    transfers of a scenario's own; looks: its readings; meanwhile: what went on while something was broken
consumed   that all banks have read what lies on the topic by now

of nothing:    plain_work A1 to A4, one_key F1 and F2, forty_debits F3, wrong_people F4, storm N29: only asked

of the broker: broker_stops, broker_killed (outage: what they share), broker_frozen, broker_out_of_reach,
               leader_changes
of the wire:   acks_lost, bad_line, cut_off, one_way, line_flaps
of the topic:  overtaken, tail_lost, topic_wiped
of the banks:  wire_points, W1 to W6 (hits: killed at a moment, brought back, again)
               killed_again_and_again, two_minutes_down, killed_at_start, full_disk, locked_database, wrong_clock;
               for diagnosis: failpoints N18, long_pause N30
of records:    whole_topic_again, every_record_thrice; unreadable_records, impossible_values, known_ids, false_answers
"""
