"""What is otherwise in a restored clinic than it was in the backup: jobs, links, the bucket."""
# ruff: noqa: S608  names come from PostgreSQL's catalogues

from collections.abc import Iterator

from django.db import connection

from backups.format import Manifest
from documents.storage import object_store

# In the middle of something there is nothing here; a worker must not go on with it by itself. What
# an unfinished backup has written is of the clinic that this one was. Messages that were waiting
# have been sent since by that clinic, or are not wanted any more: nobody gets one from here.
SETTLE = """
    UPDATE "{schema}".jobs_job SET state = 'cancelled', phase = 'over', finished_at = now(),
           background = false, stop_code = 'restored',
           stop_detail = 'It was not finished when the backup was made.'
     WHERE kind = 'backup_account' AND state NOT IN ('succeeded', 'cancelled');
    UPDATE "{schema}".jobs_job SET state = 'interrupted', stop_code = 'restored',
           stop_detail = 'It was running when the backup was made.', background = false
     WHERE state IN ('new', 'running', 'pausing', 'cancelling');
    UPDATE "{schema}".jobs_jobitem SET state = 'waiting', worker = NULL, leased_until = NULL
     WHERE state = 'leased';
    UPDATE "{schema}".sms_integration_message SET due_at = NULL, error_code = 'restored',
           status = CASE status WHEN 'sending' THEN 'unclear' ELSE 'canceled' END,
           error = 'It was waiting to be sent when the backup was made.'
     WHERE status IN ('scheduled', 'queued', 'sending');
    UPDATE "{schema}".documents_archivefile SET state = 'removed', s3_key = NULL
     WHERE state <> 'removed'"""
# Under another name it is a copy: it writes to nobody and fetches no messages that are the first
# clinic's, until somebody connects it.
SILENT = """
    UPDATE "{schema}".sms_integration_gateway SET is_active = false, credentials = ''"""
TOKEN = "token_hash"  # of what was sent to people: SHA-256 in hexadecimal
# The first clinic may live on: what opens a door there must not open one here. No token has a hash
# like these, and each is another.
UNKNOWN = """
    UPDATE "{schema}"."{table}" SET "{column}" = '!' || replace(gen_random_uuid()::text, '-', '')"""


def settle(schema: str, manifest: Manifest) -> None:
    """Let the rows of a restored clinic say what is so here; while its triggers are off."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE.format(schema=schema))
        if schema != manifest.account["schema_name"]:
            cursor.execute(SILENT.format(schema=schema))
        for table, column in secrets_in(manifest):
            cursor.execute(UNKNOWN.format(schema=schema, table=table, column=column))
        cursor.execute(
            f'UPDATE "{schema}".documents_document SET s3_bucket = %s WHERE s3_bucket <> %s',
            [object_store().bucket_name] * 2,
        )


def secrets_in(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the tables and columns that hold hashes of links which somebody may have."""
    for table, stream in manifest.tables.items():
        if TOKEN in stream.columns:
            yield table, TOKEN
