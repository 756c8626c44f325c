from django.db import migrations


class Migration(migrations.Migration):
    """The permissions of what support staff do for an organization."""

    dependencies = [
        ('orgs', '0002_invitations'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='organization',
            options={
                'ordering': ['name', 'id'],
                'permissions': [('change_plan', 'Can change the plan of an organization')],
            },
        ),
        migrations.AlterModelOptions(
            name='membership',
            options={
                'ordering': ['org', 'id'],
                'permissions': [('resend_invitation', 'Can resend an invitation')],
            },
        ),
        migrations.AlterModelOptions(
            name='apikey',
            options={
                'ordering': ['org', '-id'],
                'verbose_name': 'API key',
                'permissions': [('revoke_apikey', 'Can revoke an API key')],
            },
        ),
    ]
