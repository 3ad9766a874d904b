from rest_framework.routers import SimpleRouter

from medical_records.api.views import LabResultsView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("lab-results", LabResultsView, basename="lab-result")
urlpatterns = router.urls
