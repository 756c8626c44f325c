from django.db import migrations

# Rows go only with their organization. Processes keep the documents by id, so an UPDATE would
# also leave them with the old one.
FORWARD = """
CREATE FUNCTION compliance_refuse_policy_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'compliance_policyversion is append-only: write a new version'
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER compliance_policyversion_append_only
    BEFORE UPDATE ON compliance_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_policy_change();
"""
BACKWARD = """
DROP TRIGGER compliance_policyversion_append_only ON compliance_policyversion;
DROP FUNCTION compliance_refuse_policy_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
