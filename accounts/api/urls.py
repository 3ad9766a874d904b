from django.urls import path

from accounts.api.member_views import CliniciansView, MembersView
from accounts.api.views import MeView

urlpatterns = [
    path("me", MeView.as_view(), name="me"),
    path("clinicians", CliniciansView.as_view(), name="clinicians"),
    path("members", MembersView.as_view({"get": "list", "post": "create"}), name="members"),
    path(
        "members/<uuid:pk>",
        MembersView.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="member",
    ),
    path("members/<uuid:pk>/invite", MembersView.as_view({"post": "invite"}), name="member-invite"),
    path(
        "members/<uuid:pk>/switch-off-second-factor",
        MembersView.as_view({"post": "switch_off_second_factor"}),
        name="member-switch-off-second-factor",
    ),
]
