from django.db import migrations

# What holds for everybody, the owner of the tables and superusers included: only the columns of
# the chain are filled, once; only what `audit_trim` has put down as dropped is deleted, and that
# is whole checkpointed ranges from the oldest on. The triggers fire always: a session that says
# to be a replica passes no others by.
_GUARDS = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION audit_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM audit_audittrim AS trim
        WHERE trim.org_id = COALESCE(OLD.org_id, 0) AND trim.through_seq >= OLD.seq
    ) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL
        AND to_jsonb(OLD) - 'seq' - 'hash' = to_jsonb(NEW) - 'seq' - 'hash' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION audit_guard_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.org_id = OLD.org_id AND NEW.seq = OLD.seq + 1 AND length(NEW.hash) = 32 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_audithead goes from one entry to the next: this is refused'
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION audit_guard_trim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM audit_auditcheckpoint AS checkpoint
        WHERE checkpoint.org_id = NEW.org_id AND checkpoint.last_seq = NEW.through_seq
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Only whole checkpointed ranges of the audit log are dropped'
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_entry_guard BEFORE UPDATE OR DELETE ON audit_auditlogsaas
    FOR EACH ROW EXECUTE FUNCTION audit_guard_entry();
CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_auditlogsaas
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_guard BEFORE UPDATE ON audit_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_guard_head();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoint_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_auditcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_trim_guard BEFORE INSERT ON audit_audittrim
    FOR EACH ROW EXECUTE FUNCTION audit_guard_trim();
CREATE TRIGGER audit_trim_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_audittrim
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

ALTER TABLE audit_auditlogsaas ENABLE ALWAYS TRIGGER audit_entry_guard;
ALTER TABLE audit_auditlogsaas ENABLE ALWAYS TRIGGER audit_entry_truncate;
ALTER TABLE audit_audithead ENABLE ALWAYS TRIGGER audit_head_guard;
ALTER TABLE audit_audithead ENABLE ALWAYS TRIGGER audit_head_stays;
ALTER TABLE audit_auditcheckpoint ENABLE ALWAYS TRIGGER audit_checkpoint_stays;
ALTER TABLE audit_audittrim ENABLE ALWAYS TRIGGER audit_trim_guard;
ALTER TABLE audit_audittrim ENABLE ALWAYS TRIGGER audit_trim_stays;
"""

# Retention, with the rights of the tables' owner: the application itself can delete nothing.
_TRIM = """
CREATE FUNCTION audit_trim(org bigint, through bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    dropped bigint;
BEGIN
    INSERT INTO audit_audittrim (org_id, through_seq, trimmed_at) VALUES (org, through, now());
    IF org = 0 THEN
        DELETE FROM audit_auditlogsaas WHERE org_id IS NULL AND seq <= through;
    ELSE
        DELETE FROM audit_auditlogsaas WHERE org_id = org AND seq <= through;
    END IF;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION audit_trim(bigint, bigint) FROM PUBLIC;
"""

# What the application's roles may do with the log, where they exist; to be called again for a role
# that is made later or was granted more.
_RESTRICT = """
CREATE FUNCTION audit_restrict(role name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON audit_auditlogsaas, audit_audithead, audit_auditcheckpoint, '
                   'audit_audittrim FROM %I', role);
    EXECUTE format('GRANT SELECT, INSERT ON audit_auditlogsaas, audit_auditcheckpoint TO %I', role);
    EXECUTE format('GRANT UPDATE (seq, hash) ON audit_auditlogsaas TO %I', role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON audit_audithead TO %I', role);
    EXECUTE format('GRANT SELECT ON audit_audittrim TO %I', role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION audit_trim(bigint, bigint) TO %I', role);
END
$$;
REVOKE ALL ON FUNCTION audit_restrict(name) FROM PUBLIC;

DO $$
DECLARE
    name text;
BEGIN
    -- A temporary table of the same name must not stand in for one of these.
    FOREACH name IN ARRAY ARRAY['audit_guard_entry()', 'audit_guard_trim()',
                                'audit_trim(bigint, bigint)', 'audit_restrict(name)'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
    END LOOP;
    PERFORM audit_restrict(rolname) FROM pg_roles
        WHERE rolname IN ('codestax_app', 'codestax_staff');
END
$$;
"""

_BACKWARD = """
DROP TRIGGER audit_entry_guard ON audit_auditlogsaas;
DROP TRIGGER audit_entry_truncate ON audit_auditlogsaas;
DROP TRIGGER audit_head_guard ON audit_audithead;
DROP TRIGGER audit_head_stays ON audit_audithead;
DROP TRIGGER audit_checkpoint_stays ON audit_auditcheckpoint;
DROP TRIGGER audit_trim_guard ON audit_audittrim;
DROP TRIGGER audit_trim_stays ON audit_audittrim;
DROP FUNCTION audit_restrict(name);
DROP FUNCTION audit_trim(bigint, bigint);
DROP FUNCTION audit_guard_trim();
DROP FUNCTION audit_guard_head();
DROP FUNCTION audit_guard_entry();
DROP FUNCTION audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_chain_existing_entries"),
    ]

    operations = [
        migrations.RunSQL([_GUARDS, _TRIM, _RESTRICT], _BACKWARD),
    ]
