from django.urls import path

from backups.api.views import ErasePatientView, ExportPatientView

urlpatterns = [
    path("patients/<uuid:pk>/export", ExportPatientView.as_view(), name="patient-export"),
    path("patients/<uuid:pk>/erase", ErasePatientView.as_view(), name="patient-erase"),
]
