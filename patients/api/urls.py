from django.urls import path
from rest_framework.routers import SimpleRouter

from patients.api.bulk_views import BulkPatientsView, ImportPatientsView, PreviewImportView
from patients.api.directory_views import CompaniesView, CoordinatorsView, ReferrersView
from patients.api.guardian_views import GuardiansView, PatientGuardiansView
from patients.api.timeline_views import TimelineView
from patients.api.views import PatientsView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("patients", PatientsView, basename="patient")
router.register("referrers", ReferrersView, basename="referrer")
router.register("coordinators", CoordinatorsView, basename="coordinator")
router.register("companies", CompaniesView, basename="company")

urlpatterns = [
    path("patients/bulk", BulkPatientsView.as_view(), name="patients-bulk"),
    path("patients/import-csv", ImportPatientsView.as_view(), name="patients-import-csv"),
    path("patients/import-preview", PreviewImportView.as_view(), name="patients-import-preview"),
    path("patients/<uuid:pk>/timeline", TimelineView.as_view(), name="patient-timeline"),
    path(
        "patients/<uuid:pk>/guardians",
        PatientGuardiansView.as_view({"get": "list", "post": "create"}),
        name="patient-guardians",
    ),
    path(
        "guardians/<uuid:pk>",
        GuardiansView.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="guardian-detail",
    ),
    *router.urls,
]
