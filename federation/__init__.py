"""What concerns many banks: starting them, watching them, breaking them, and proving that no cent moved wrongly.

cli       `bankfed`, one file per verb
client    a bank's HTTP face and a read-only watcher of the topic
launcher  forks banks, keeps them up, says when they are ready
brokers   one file per way to have a broker
audit     snapshots of running banks and the laws over them: `bankfed verify`
bench     one file per figure, each against its yardstick
failure   what every room raises when it has words for the user

A bank never imports this package; this package knows a bank by its face.
"""
