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
router.register("suppressions", SuppressionsView, basename="suppression")
urlpatterns = [
    path("messages/bulk", BulkMessagesView.as_view(), name="messages-bulk"),
    path(  # nothing deletes one: see TemplatesView
        "message-templates",
        TemplatesView.as_view({"get": "list", "post": "create"}),
        name="message-template-list",
    ),
    path(
        "message-templates/<uuid:pk>",
        TemplatesView.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"}),
        name="message-template-detail",
    ),
    *router.urls,
]
