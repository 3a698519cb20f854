"""Faults, one file each: what a grader, or a student with `bankfed chaos`, can break in a running federation.

site         what there is to break: broker, wire, banks, topic; whoever runs a federation provides it
fault        what every fault can do: be injected, be healed, prove that it bit
catalogue    all of them by name, and how one is made from words; parameters: what the words mean

of the broker: broker_stop, broker_kill, broker_pause, node_kill
of the wire:   broker_away, partition, ring, swizzle (who reaches it), latency, slow_line, flap (how well),
               drop, reset, half_open, one_way, ack_lost, request_lost (what is lost); on_the_wire: what these share
"""
