from rest_framework.routers import SimpleRouter

from sms_integration.api.conversation_views import ConversationsView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("conversations", ConversationsView, basename="conversation")
urlpatterns = router.urls
