from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0004_row_level_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='RateWindow',
            fields=[
                ('subject', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('count', models.PositiveBigIntegerField()),
            ],
            options={
                'ordering': ['subject'],
            },
        ),
        # Counts of a minute: no request waits for the disk because of them, and a crash may
        # forget them.
        migrations.RunSQL(
            'ALTER TABLE orgs_ratewindow SET UNLOGGED',
            migrations.RunSQL.noop,
        ),
    ]
