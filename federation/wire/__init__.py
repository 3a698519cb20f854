"""The wire between banks and their broker: a proxy that knows frames, breaks them on purpose, and tells what passes.

proxy      a door per bank, rules laid on what passes, watches, healing; beside: the same in a thread of its own
rules      what happens to which frames and lines, as data, and whether it bit
points     W2 to W5: the moments of a bank's life that are seen from here
exchange   what is in force and what has passed: decides what becomes of a frame, counts, keeps acks
door       an address that a bank calls; line: one connection, its two ways
frames     lengths and headers; cargo: the records in Produce and Fetch; addresses: where a broker says it is called

It knows no bank and no federation, and a bank notices it only by what goes wrong. No TLS: it stands in the lab, on
127.0.0.1. SIGKILL and Kafka itself are elsewhere (`brokers`).
"""
