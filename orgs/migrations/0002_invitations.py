from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='invited_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
