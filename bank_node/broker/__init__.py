"""Between this bank and the broker: its loops, and two brokers behind one set of ports (`bank_node.transfers.ports`).

kafka     Apache Kafka; the only module here that imports kafka
memory    the same ports inside the process, for tests and the simulation, with what can go wrong as methods
topics    the topics and how they are made
relay     the outbox goes out; rows are marked once the broker has them
sealing   a stored row becomes a record: what is put on at the last moment
registrar what the banks say of themselves is read, and this bank's own word said
voice     with which keys this bank says who it is, read from its folder
consumer  what comes in goes to the writer, its position in the same unit of work
sweeper   what stayed quiet for too long is said again
news      the audit log told on the informational topics, in the background
post_room all of them, wired to a bank
archivist months that have become old enough are sealed, in the background
tenure    which of several processes of the bank works the post room; `process_name` is who that is
bookshelf what the post room looks up in the books
loop      the thread that calls a tick; all waiting, all backing off
"""
