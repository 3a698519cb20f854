"""The program behind bundled submissions: `python -m federation.grading.submissions.planted NAME`, the bank itself
with one thing planted into it before it begins to work. NAME `reference` plants nothing.

bank         the process: its keys, its pieces, the plant
table        which name is what; bugs of the simulation are its very files
shims        what a bug needs of a real process, or takes away of it; harmless by itself
dead_thread             m20
skipped                 m21
send_in_request         m24
result_ignored          m25
without_its_log         m27
body_not_compared       m28
auto_commit             m29
by_the_clock            m30
second_writer           what m18 needs
second_post_room        what m19 needs
variants                v3, v4, v6: otherwise, and right; the canary
group                   v2, on the template in Python

`NAME --beside` plants only what comes with a bug: that bank must lose nothing.
"""
