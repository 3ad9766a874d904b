"""Long work of this app, a module for each kind."""

from jobs.kinds import register
from sms_integration.bulk_job import SendMessages
from sms_integration.linking import LinkChats

register(LinkChats)
register(SendMessages)
