from django.db import migrations

# See docs/adr/0009-row-level-security.md. Nothing here reads a row, and each step is repeatable: a
# run that gave way to a long transaction or was broken off goes on, in either direction.

# Roles belong to the whole server: another database of it may have made them already. Where the
# owner may not make roles, somebody who may does it first (README).
_ROLES = """
DO $$
BEGIN
    IF to_regrole('codestax_app') IS NULL THEN
        CREATE ROLE codestax_app NOLOGIN NOINHERIT;
    END IF;
    IF to_regrole('codestax_staff') IS NULL THEN
        CREATE ROLE codestax_staff NOLOGIN;
    END IF;
    IF NOT pg_has_role('codestax_app', 'codestax_staff', 'MEMBER') THEN
        GRANT codestax_staff TO codestax_app;
    END IF;
    -- Forced policies bind the owner too: as staff it goes on seeing what it migrates.
    IF NOT pg_has_role(current_user, 'codestax_staff', 'USAGE') THEN
        EXECUTE format('GRANT codestax_staff TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'The roles codestax_app and codestax_staff are missing, or % is no member of '
        'codestax_staff: make them as README says, and migrate again.', current_user;
END
$$
"""

# Tables that come later have the same grants by default. What the app never does is taken back.
_GRANTS = """
DO $$
DECLARE
    here text := current_schema();
    grantees text := 'codestax_app, codestax_staff';
    rights text := 'SELECT, INSERT, UPDATE, DELETE';
BEGIN
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %s', current_database(), grantees);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %s', here, grantees);
    EXECUTE format('GRANT %s ON ALL TABLES IN SCHEMA %I TO %s', rights, here, grantees);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO %s', here, grantees);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT %s ON TABLES TO %s',
        here, rights, grantees);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %s',
        here, grantees);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM %s', grantees);
    REVOKE INSERT, DELETE ON orgs_organization FROM codestax_app;
END
$$
"""
_NO_GRANTS = """
DO $$
DECLARE
    here text := current_schema();
    grantees text := 'codestax_app, codestax_staff';
BEGIN
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON TABLES FROM %s', here, grantees);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON SEQUENCES FROM %s',
        here, grantees);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %s', here, grantees);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM %s', here, grantees);
    EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM %s', here, grantees);
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM %s', current_database(), grantees);
END
$$
"""

# What a later migration calls for a new table with an org_id (0006 of scans has it for one in use):
#     migrations.RunSQL("SELECT codestax_isolate('scans_label')", "SELECT codestax_open('…')")
# The sub-select makes the setting a value that is read once a statement, and not for each row.
_ISOLATE = """
CREATE OR REPLACE FUNCTION codestax_isolate(tenants regclass, whose text DEFAULT
    $$org_id = (SELECT NULLIF(current_setting('app.org_id', true), '')::bigint)$$)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenants);
    EXECUTE format('CREATE POLICY tenant ON %s TO codestax_app USING (%s) WITH CHECK (%s)',
        tenants, whose, whose);
    EXECUTE format('CREATE POLICY staff ON %s TO codestax_staff USING (true) WITH CHECK (true)',
        tenants);
END
$body$;
CREATE OR REPLACE FUNCTION codestax_open(tenants regclass) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT polname FROM pg_policy WHERE polrelid = tenants LOOP
        EXECUTE format('DROP POLICY %I ON %s', found.polname, tenants);
    END LOOP;
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY',
        tenants);
END
$body$;
REVOKE EXECUTE ON FUNCTION codestax_isolate(regclass, text), codestax_open(regclass) FROM PUBLIC;
"""
_NO_ISOLATE = """
DROP FUNCTION IF EXISTS codestax_isolate(regclass, text);
DROP FUNCTION IF EXISTS codestax_open(regclass);
"""

# Each table in a transaction of its own, which waits for no other one: who holds a table and waits
# for the next keeps every request from the first, and meets those that use both in a deadlock.
_ISOLATE_ONE = """
SET LOCAL lock_timeout = '3s';
LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
SELECT codestax_isolate('{table}'{whose}) FROM pg_class
WHERE oid = '{table}'::regclass AND NOT relforcerowsecurity;
{more}
"""
# A block, whose function is looked up only when it is called: the last run may have dropped it.
_OPEN_ONE = """
DO $$
BEGIN
    PERFORM set_config('lock_timeout', '3s', true);
    LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
    IF (SELECT relrowsecurity FROM pg_class WHERE oid = '{table}'::regclass) THEN
        PERFORM codestax_open('{table}');
    END IF;
END
$$
"""
_ORG = "(SELECT NULLIF(current_setting('app.org_id', true), '')::bigint)"
_USER = "(SELECT NULLIF(current_setting('app.user_id', true), '')::bigint)"
# A user sees the own memberships, of whatever organization, and those organizations: that is how
# one is chosen. Sign-ins belong to users and to no organization.
_TABLES = {
    "orgs_membership": "",
    "orgs_apikey": "",
    "orgs_organization": f", $$id = {_ORG}$$",
    "orgs_signin": f", $$user_id = {_USER}$$",
}
_OWN = {
    "orgs_membership": f"""
DROP POLICY IF EXISTS own ON orgs_membership;
CREATE POLICY own ON orgs_membership FOR SELECT TO codestax_app USING (user_id = {_USER});
""",
    "orgs_organization": f"""
DROP POLICY IF EXISTS own ON orgs_organization;
CREATE POLICY own ON orgs_organization FOR SELECT TO codestax_app
    USING (id IN (SELECT org_id FROM orgs_membership WHERE user_id = {_USER}));
""",
}

# The one look-up that stands before every organization: whose key is this? It runs as the owner,
# finds by the unique public id alone, and shows nothing without it.
_FIND_KEY = """
DO $$
BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION orgs_find_key(wanted text) RETURNS TABLE (
            api_key orgs_apikey, membership orgs_membership,
            member orgs_user, organization orgs_organization
        ) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
        BEGIN
            RETURN QUERY
            SELECT k, m, u, o FROM orgs_apikey k
            JOIN orgs_membership m ON m.id = k.membership_id
            JOIN orgs_user u ON u.id = m.user_id
            JOIN orgs_organization o ON o.id = k.org_id
            WHERE k.public_id = wanted;
        END
        $body$
    $function$, current_schema());
END
$$;
REVOKE EXECUTE ON FUNCTION orgs_find_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION orgs_find_key(text) TO codestax_app, codestax_staff;
"""
_NO_FIND_KEY = "DROP FUNCTION IF EXISTS orgs_find_key(text)"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("orgs", "0003_support_staff"),
    ]

    operations = [
        # Roles stay when this is undone: other databases of the server may use them.
        migrations.RunSQL(_ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(_GRANTS, _NO_GRANTS),
        migrations.RunSQL(_ISOLATE, _NO_ISOLATE),
        *(
            migrations.RunSQL(
                _ISOLATE_ONE.format(table=table, whose=whose, more=_OWN.get(table, "")),
                _OPEN_ONE.format(table=table),
            )
            for table, whose in _TABLES.items()
        ),
        migrations.RunSQL(_FIND_KEY, _NO_FIND_KEY),
    ]
