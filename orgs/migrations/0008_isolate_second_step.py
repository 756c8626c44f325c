from django.db import migrations

# As sign-ins: they belong to users and to no organization.
_ISOLATE = """
SELECT codestax_isolate('mfa_authenticator',
    $$user_id = (SELECT NULLIF(current_setting('app.user_id', true), '')::bigint)$$)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0007_identities'),
        ('mfa', '0003_authenticator_type_uniq'),
    ]

    operations = [
        migrations.RunSQL(_ISOLATE, "SELECT codestax_open('mfa_authenticator')"),
    ]
