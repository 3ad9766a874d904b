"""Public addresses, on the clinic's own host."""

from django.urls import path

from sms_integration.media_views import outbound_media

urlpatterns = [
    path("media/<str:token>", outbound_media, name="sms-outbound-media"),
]
