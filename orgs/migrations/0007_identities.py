import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# As sign-ins: they belong to users and to no organization.
_ISOLATE = """
SELECT codestax_isolate('orgs_identity',
    $$user_id = (SELECT NULLIF(current_setting('app.user_id', true), '')::bigint)$$)
"""
# The one look-up that stands before every user: whose identity is this? It runs as the owner and
# says no more than the account's number.
_FIND = """
DO $$
BEGIN
    EXECUTE format($function$
        CREATE FUNCTION orgs_find_identity(wanted_issuer text, wanted_subject text) RETURNS bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
            SELECT user_id FROM orgs_identity
            WHERE issuer = wanted_issuer AND subject = wanted_subject
        $body$
    $function$, current_schema());
END
$$;
REVOKE EXECUTE ON FUNCTION orgs_find_identity(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION orgs_find_identity(text, text) TO codestax_app, codestax_staff;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0006_two_step'),
    ]

    operations = [
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.CharField(editable=False, max_length=255)),
                ('subject', models.CharField(editable=False, max_length=255, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'identities',
                'ordering': ['user', 'issuer'],
                'constraints': [models.UniqueConstraint(fields=('issuer', 'subject'), name='orgs_identity_subject'), models.UniqueConstraint(fields=('user', 'issuer'), name='orgs_identity_issuer')],
            },
        ),
        migrations.RunSQL(_ISOLATE, "SELECT codestax_open('orgs_identity')"),
        migrations.RunSQL(_FIND, 'DROP FUNCTION orgs_find_identity(text, text)'),
        # Last: no sign-in waits for the steps before it.
        migrations.AddField(
            model_name='user',
            name='proven_email',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=254),
        ),
    ]
