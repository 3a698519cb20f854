"""Alembic's entry: runs on the connection that `database.migrate` hands in."""

from alembic import context

from bank_node.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
