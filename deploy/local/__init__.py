"""Apache Kafka and PostgreSQL on this machine, without Docker, for development and demonstrations.

`servers.py` brings them up and down; `kafka.py` and `postgres.py` know one server each;
`archives.py` downloads what the lock file names; `folder.py` is the data directory.
"""
