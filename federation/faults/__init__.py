"""Faults, one file each: what a grader, or a student with `bankfed chaos`, can break in a running federation.

site       what there is to break: broker, wire, banks, topic; whoever runs a federation provides it
fault      what every fault can do: be injected, be healed, prove that it bit
"""
