"""What a graded run stands on: a broker, a wire, banks in custody, and the topic past all (`federation.brokers.topic`).

federation   one founding of it: the site of its faults, and what was seen of wire and processes
own_broker   a real Kafka that lives as long as the grader; watcher: ends it where the grader was killed
brokers      one for each lane, kept over foundings
bank         a ward of custody's as faults see it; ledger: its books, where it shows them; ports: free ones
busy         how much longer than it should everything takes here

A node's faults come out of here as custody's `Unfit`, the grader's own as `Failure`.
"""
