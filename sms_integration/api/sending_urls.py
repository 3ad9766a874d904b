from django.urls import path
from rest_framework.routers import SimpleRouter

from sms_integration.api.sending_views import (
    BulkMessagesView,
    MessagesView,
    SuppressionsView,
    TemplatesView,
)

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("messages", MessagesView, basename="message")
router.register("message-templates", TemplatesView, basename="message-template")
router.register("suppressions", SuppressionsView, basename="suppression")
urlpatterns = [
    path("messages/bulk", BulkMessagesView.as_view(), name="messages-bulk"),
    *router.urls,
]
