"""What concerns many banks: starting them, watching them, breaking them, and proving that no cent moved wrongly.

cli       `bankfed`, one file per verb
client    a bank's HTTP face and a read-only watcher of the topic
launcher  forks banks, keeps them up, says when they are ready
brokers   one file per way to have a broker
wire      a proxy between banks and broker that breaks what passes, on purpose
audit     snapshots of running banks and the laws over them: `bankfed verify`
bench     one file per figure, each against its yardstick
spec      what a federation is made of; world: who banks and works where, from the seed
authority one key per federation: certifies every bank's identity before it starts
folder    the data folder; roster: what its world file says; logbook and trace: what its logs and books say
payment   one transfer, followed to its end
founding  makes a federation's files where no launcher runs (containers)
checkup   what `bankfed doctor` looks at
failure   what every room raises when it has words for the user

A bank never imports this package; this package knows a bank by its face.
"""
