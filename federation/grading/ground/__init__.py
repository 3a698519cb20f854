"""What a graded run stands on: a broker, a wire, banks in custody, and the topic past all of them.

topic    `external-transfers` past every proxy: read, written, wiped, its tail cut
"""
