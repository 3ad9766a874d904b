from rest_framework.routers import SimpleRouter

from jobs.api.views import JobsView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("jobs", JobsView, basename="job")
urlpatterns = router.urls
