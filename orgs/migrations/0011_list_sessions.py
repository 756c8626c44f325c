import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# As sign-ins: they belong to users and to no organization.
_ISOLATE = """
SELECT codestax_isolate('orgs_usersession',
    $$user_id = (SELECT NULLIF(current_setting('app.user_id', true), '')::bigint)$$)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0010_key_environment'),
    ]

    operations = [
        # Without a foreign key in the database: one takes orgs_user, which sign-ins want after
        # orgs_signin, as the last steps would the other way round.
        migrations.CreateModel(
            name='UserSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='user_sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RunSQL(_ISOLATE, "SELECT codestax_open('orgs_usersession')"),
        # Last: no sign-in waits for the steps before them.
        migrations.AddField(
            model_name='signin',
            name='token_version',
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='signin',
            name='ip',
            field=models.GenericIPAddressField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='signin',
            name='browser',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=60),
        ),
    ]
