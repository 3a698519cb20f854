"""Faults, one file each: what a grader, or a student with `bankfed chaos`, can break in a running federation.

site         what there is to break: broker, wire, banks, topic; whoever runs a federation provides it
fault        what every fault can do: be injected, be healed, prove that it bit
catalogue    all of them by name, and how one is made from words; parameters: what the words mean

of the broker: broker_stop, broker_kill, broker_pause, node_kill
of the wire:   broker_away, partition, ring, swizzle (who reaches it), latency, slow_line, flap (how well),
               drop, reset, half_open, one_way, ack_lost, request_lost (what is lost); on_the_wire: what these share
of a bank:     bank_kill, bank_kills, bank_kill_start, bank_pause (its life), disk_full, database_lock, clock_skew (its
               world); again: a fault that goes on in a thread, readiness: whether a bank answers
of the topic:  dup, replay, reorder (true records once more), poison, bad_values, changed_content, forged_answers
               (records that lie); planted: what these share
"""
