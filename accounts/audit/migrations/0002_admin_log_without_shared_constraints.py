from django.db import migrations

# Each of these would hang two triggers a clinic on the shared tables of users and content types,
# so that making the thousandth clinic, and each write to a user, would be slow (decision 0003).
DROP = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT k.conname FROM pg_constraint k
         WHERE k.conrelid = (quote_ident(current_schema()) || '.django_admin_log')::regclass
           AND k.contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE %I.django_admin_log DROP CONSTRAINT %I',
                       current_schema(), found.conname);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
