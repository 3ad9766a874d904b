from rest_framework.routers import SimpleRouter

from patients.api.views import CompaniesView, PatientsView, ReferrersView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("patients", PatientsView, basename="patient")
router.register("referrers", ReferrersView, basename="referrer")
router.register("companies", CompaniesView, basename="company")
urlpatterns = router.urls
