"""The addresses of messages: each part has its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("sms_integration.api.conversation_urls")),
]
