"""One file per way to have a broker, one interface: `broker.Broker`.

broker          the interface, its states and words
choose          `broker_for("kafka" | "docker" | "HOST:PORT,…", …)`
kafka           Apache Kafka as child processes of ours, one node or three; kafka_node is one of them,
                kafka_settings its server.properties
docker          the apache/kafka image
external        a cluster somebody else runs
cluster         what a running cluster says of itself; wiping a topic
topic           the topic of the transfers past every proxy: read, written, wiped; segment: its end cut off, in files
jars, java      where Kafka's code and a Java come from (kafka.lock.json, java.lock)

    broker = broker_for("kafka", folder=DATA/"broker", run=DATA/"run", port=18000)
    broker.start(progress=lambda what, done, total: ...)    # returns when it serves; finds a running one
    broker.bootstrap()                                      # 127.0.0.1:18000
    broker.kill(); broker.state; broker.start()             # nothing acknowledged is lost

The in-memory broker is `bank_node.broker.memory`: it lives inside one process and needs nobody to start it.
"""
