from django.urls import path
from rest_framework.routers import SimpleRouter

from invites.api.views import (
    AcceptInviteView,
    BulkInviteView,
    GenerateInviteView,
    InvitesView,
    VerifyInviteView,
)

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("invites", InvitesView, basename="invite")
urlpatterns = [
    path("generate_invite", GenerateInviteView.as_view(), name="generate-invite"),
    path("bulk_invite", BulkInviteView.as_view(), name="bulk-invite"),
    path("invites/verify", VerifyInviteView.as_view(), name="verify-invite"),
    path("invites/accept", AcceptInviteView.as_view(), name="accept-invite"),
    *router.urls,
]
