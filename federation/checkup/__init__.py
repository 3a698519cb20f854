"""What `bankfed doctor` looks at. Each check gives Findings: how it is, and the command that mends it.

finding   Finding, and how findings become a verdict
machine   this computer: Python, folder, ports, SQLite, Java, Docker, the network
running   this federation: broker, topic, banks' clocks, stale pids, settings
"""
