from django.urls import path
from rest_framework.routers import SimpleRouter

from medical_records.api.icd10 import Icd10View
from medical_records.api.record_views import MedicalRecordsView
from medical_records.api.report_views import ATReportsView, SharedReportView
from medical_records.api.research_views import (
    ResearchLabResultsView,
    ResearchPatientsView,
    ResearchRecordsView,
)
from medical_records.api.views import InsurancesView, LabResultsView, ProceduresView, VisitsView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("lab-results", LabResultsView, basename="lab-result")
router.register("visits", VisitsView, basename="visit")
router.register("procedures", ProceduresView, basename="procedure")
router.register("insurances", InsurancesView, basename="insurance")
router.register("medical-records", MedicalRecordsView, basename="medical-record")
router.register("at-reports", ATReportsView, basename="at-report")
urlpatterns = [
    *router.urls,
    path("icd10", Icd10View.as_view(), name="icd10"),
    path("shared-report", SharedReportView.as_view(), name="shared-report"),
    path("research/patients", ResearchPatientsView.as_view(), name="research-patients"),
    path("research/records", ResearchRecordsView.as_view(), name="research-records"),
    path("research/lab-results", ResearchLabResultsView.as_view(), name="research-lab-results"),
]
