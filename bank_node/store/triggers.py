"""What no statement may do, whoever writes it: entries and postings stay, final states and decisions too."""

from __future__ import annotations

SQLITE = (
    *(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are append-only: book a reversal'); END"
        for table in ("entries", "postings")
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions "
    "BEGIN SELECT RAISE(ABORT, 'decisions are never deleted'); END",
    "CREATE TRIGGER decisions_never_change BEFORE UPDATE OF decision, content_hash, amount, account_id ON decisions "
    "BEGIN SELECT RAISE(ABORT, 'a decision never changes'); END",
    "CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers "
    "BEGIN SELECT RAISE(ABORT, 'transfers are never deleted'); END",
    "CREATE TRIGGER transfers_final BEFORE UPDATE OF state ON transfers WHEN OLD.state IN ('COMPLETED', 'REJECTED') "
    "BEGIN SELECT RAISE(ABORT, 'a final state never changes'); END",
)

POSTGRESQL = (
    "CREATE FUNCTION bankfed_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' never changes that way',"
    " ERRCODE = 'integrity_constraint_violation'; END $$",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()"
        for table in ("entries", "postings")
    ),
    "CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER decisions_never_change BEFORE UPDATE OF decision, content_hash, amount, account_id ON decisions "
    "FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER transfers_final BEFORE UPDATE OF state ON transfers FOR EACH ROW "
    "WHEN (OLD.state IN ('COMPLETED', 'REJECTED')) EXECUTE FUNCTION bankfed_refuse()",
    *(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION bankfed_refuse()"
        for table in ("entries", "postings", "decisions", "transfers")
    ),
)

TRIGGERS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
