from django.urls import path
from rest_framework.routers import SimpleRouter

from documents.api.batches import ImageBatchesView
from documents.api.direct import BeginUploadView, CompleteUploadView, PartsView, UploadView
from documents.api.stored_archives import ArchivesView
from documents.api.views import FilesView, PoliciesView, RecordFilesView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("files", FilesView, basename="file")
router.register("archives", ArchivesView, basename="archive")

urlpatterns = [
    *router.urls,
    path("image-batches", ImageBatchesView.as_view({"get": "list", "post": "create"})),
    path(
        "image-batches/<uuid:pk>",
        ImageBatchesView.as_view({"get": "retrieve", "patch": "partial_update"}),
    ),
    path(
        "image-batches/<uuid:pk>/order",
        ImageBatchesView.as_view({"get": "order", "put": "reorder"}),
    ),
    path("document-policies", PoliciesView.as_view(), name="document-policies"),
    path("files/<uuid:pk>/upload", UploadView.as_view(), name="upload"),
    path("files/<uuid:pk>/parts", PartsView.as_view(), name="upload-parts"),
    path("files/<uuid:pk>/complete", CompleteUploadView.as_view(), name="upload-complete"),
    path("<slug:slug>/<uuid:owner_id>/files/uploads", BeginUploadView.as_view(), name="uploads"),
    path("<slug:slug>/<uuid:owner_id>/files", RecordFilesView.as_view(), name="record-files"),
]
