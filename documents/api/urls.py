from django.urls import path
from rest_framework.routers import SimpleRouter

from documents.api.stored_archives import ArchivesView
from documents.api.views import FilesView, ImageBatchesView, PoliciesView, RecordFilesView

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
    path("document-policies", PoliciesView.as_view(), name="document-policies"),
    path("<slug:slug>/<uuid:owner_id>/files", RecordFilesView.as_view(), name="record-files"),
]
