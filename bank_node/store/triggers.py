"""What no statement may do, whoever writes it: entries, postings, decisions, final states and the audit log stay."""

from __future__ import annotations

_SQLITE = (
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

_POSTGRESQL = (
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

_SQLITE_2 = (
    *(
        f"CREATE TRIGGER audit_log_no_{verb.lower()} BEFORE {verb} ON audit_log "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    *(
        f"CREATE TRIGGER desk_acts_no_{verb.lower()} BEFORE {verb} ON desk_acts "
        "BEGIN SELECT RAISE(ABORT, 'what was done at the desk stays written down'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER recall_requests_final BEFORE UPDATE OF state ON recall_requests WHEN OLD.state <> 'OPEN' "
    "BEGIN SELECT RAISE(ABORT, 'an answered recall stays answered'); END",
    "CREATE TRIGGER unclaimed_paid_once BEFORE UPDATE ON unclaimed WHEN OLD.paid_us IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'what was paid out stays paid out'); END",
)

_POSTGRESQL_2 = (
    "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log "
    "FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER desk_acts_append_only BEFORE UPDATE OR DELETE ON desk_acts "
    "FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER recall_requests_final BEFORE UPDATE OF state ON recall_requests FOR EACH ROW "
    "WHEN (OLD.state <> 'OPEN') EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER unclaimed_paid_once BEFORE UPDATE ON unclaimed FOR EACH ROW "
    "WHEN (OLD.paid_us IS NOT NULL) EXECUTE FUNCTION bankfed_refuse()",
)

_SQLITE_3 = (
    "DROP TRIGGER postings_no_delete",
    "CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings"
    " WHEN OLD.entry_id > (SELECT coalesce(max(up_to_entry), 0) FROM sealed_months) "
    "BEGIN SELECT RAISE(ABORT, 'postings are append-only: only sealed months go to the archive'); END",
    *(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} stay as they were written'); END"
        for table in ("business_dates", "reversals", "sealed_months", "archived_balances")
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER approvals_final BEFORE UPDATE OF state ON approvals WHEN OLD.state <> 'WAITING' "
    "BEGIN SELECT RAISE(ABORT, 'what was decided stays decided'); END",
    "CREATE TRIGGER holds_end_once BEFORE UPDATE ON holds WHEN OLD.ended_us IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'an ended hold stays ended'); END",
    "CREATE TRIGGER drawers_close_once BEFORE UPDATE ON drawers WHEN OLD.closed_us IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'a closed drawer stays closed'); END",
)

_POSTGRESQL_3 = (
    "DROP TRIGGER postings_append_only ON postings",
    "CREATE TRIGGER postings_append_only BEFORE UPDATE ON postings FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()",
    "CREATE FUNCTION bankfed_refuse_unsealed() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF OLD.entry_id > (SELECT coalesce(max(up_to_entry), 0) FROM sealed_months) THEN"
    " RAISE EXCEPTION USING MESSAGE = 'postings are append-only: only sealed months go to the archive',"
    " ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$",
    "CREATE TRIGGER postings_sealed_go BEFORE DELETE ON postings "
    "FOR EACH ROW EXECUTE FUNCTION bankfed_refuse_unsealed()",
    *(
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()"
        for table in ("business_dates", "reversals", "sealed_months", "archived_balances")
    ),
    "CREATE TRIGGER approvals_final BEFORE UPDATE OF state ON approvals FOR EACH ROW "
    "WHEN (OLD.state <> 'WAITING') EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER holds_end_once BEFORE UPDATE ON holds FOR EACH ROW "
    "WHEN (OLD.ended_us IS NOT NULL) EXECUTE FUNCTION bankfed_refuse()",
    "CREATE TRIGGER drawers_close_once BEFORE UPDATE ON drawers FOR EACH ROW "
    "WHEN (OLD.closed_us IS NOT NULL) EXECUTE FUNCTION bankfed_refuse()",
)

_SQLITE_6 = (
    "DROP TRIGGER postings_no_delete",
    "CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings "
    "BEGIN SELECT RAISE(ABORT, 'postings are append-only: book a reversal'); END",
    *(
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table}"
        " WHEN EXISTS (SELECT 1 FROM sealed_months WHERE month >= NEW.month) "
        "BEGIN SELECT RAISE(ABORT, 'what is sealed takes in no more'); END"
        for table in ("sealed_months", "archived_balances")
    ),
)

_POSTGRESQL_6 = (
    "DROP TRIGGER postings_sealed_go ON postings",
    "DROP FUNCTION bankfed_refuse_unsealed()",
    "CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings FOR EACH ROW EXECUTE FUNCTION bankfed_refuse()",
    "CREATE FUNCTION bankfed_after_the_seals() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF EXISTS (SELECT 1 FROM sealed_months WHERE month >= NEW.month) THEN"
    " RAISE EXCEPTION USING MESSAGE = 'what is sealed takes in no more',"
    " ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
    *(
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION bankfed_after_the_seals()"
        for table in ("sealed_months", "archived_balances")
    ),
)

# Each migration made its own; a database that lives in memory gets all of them.
OPENING = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
WHO_SPEAKS = {"sqlite": _SQLITE_2, "postgresql": _POSTGRESQL_2}
THE_COUNTER = {"sqlite": _SQLITE_3, "postgresql": _POSTGRESQL_3}
THE_ARCHIVE = {"sqlite": _SQLITE_6, "postgresql": _POSTGRESQL_6}
TRIGGERS = {name: (*OPENING[name], *WHO_SPEAKS[name], *THE_COUNTER[name], *THE_ARCHIVE[name]) for name in OPENING}
