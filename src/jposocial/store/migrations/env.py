"""Alembic's environment: it runs on the connection and in the transaction it is given."""

from alembic import context

from jposocial.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
