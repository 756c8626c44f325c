from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0009_move_second_step'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='environment',
            field=models.CharField(choices=[('live', 'Live'), ('test', 'Test')], db_default='live', default='live', editable=False, max_length=4),
        ),
    ]
