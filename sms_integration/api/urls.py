"""The addresses of messages: each part has its own list."""

from sms_integration.api import conversation_urls, sending_urls

urlpatterns = [*conversation_urls.urlpatterns, *sending_urls.urlpatterns]
