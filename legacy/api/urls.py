from django.urls import path

from legacy.api.views import LabResultFileView, LegacyFileView

urlpatterns = [
    path("legacy-files/<str:old_id>/download", LegacyFileView.as_view(), name="legacy-file"),
    path(
        "lab-result-files/<str:old_id>/download",
        LabResultFileView.as_view(),
        name="lab-result-file",
    ),
]
