"""Starts banks, keeps them up, says when they are ready.

starting, stopping, orders   what the verbs call: `up`, `down`, and stop/start/restart of one
plan, ports                  what is wanted against what is there; a free block of ports, kept
supervisor (and __main__)    the process that keeps a federation: signals, exits, restarts; a `tick` at a time
keeper, broker_keeper        one bank's life; the broker's, which is never started again by itself
fault_keeper                 the life of the process that holds faults and doors (`federation.chaos`)
zygote, child                imports a bank once, forks one on request; from the fork to the bank
diary, mailbox               state.json and the log; how a command reaches its supervisor
status, readiness            how everything is, for `ps` and `up`
processes                    a process by pid and birth; its title; its end with its parent's
"""
