from django.db import migrations


def _move(apps, schema_editor):
    """Copy the apps' secrets, which are encrypted in the same way there.

    Of recovery codes there were digests, which are of no use there: new ones are made in the settings.
    """
    Authenticator = apps.get_model('mfa', 'Authenticator')
    Authenticator.objects.bulk_create(
        Authenticator(
            user_id=row.user_id,
            type='totp',
            data={'secret': bytes(row.secret).decode(), 'last_step': row.last_step},
            created_at=row.created_at,
        )
        for row in apps.get_model('orgs', 'SecondFactor').objects.order_by('pk')
    )


def _move_back(apps, schema_editor):
    """Copy them back: who has set the second step up since keeps it, without recovery codes."""
    SecondFactor = apps.get_model('orgs', 'SecondFactor')
    rows = apps.get_model('mfa', 'Authenticator').objects.filter(type='totp')
    SecondFactor.objects.exclude(user__in=rows.values('user')).delete()
    for row in rows:
        kept = {'secret': row.data['secret'].encode(), 'last_step': row.data.get('last_step', 0)}
        first = kept | {'recovery_digests': [], 'created_at': row.created_at}
        SecondFactor.objects.update_or_create(user_id=row.user_id, defaults=kept, create_defaults=first)
    apps.get_model('mfa', 'Authenticator').objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0008_isolate_second_step'),
    ]

    operations = [
        migrations.RunPython(_move, _move_back),
    ]
