"""Public addresses at /sms/: where gateways call, and fetch what goes out."""

from django.urls import path

from sms_integration.media_views import outbound_media
from sms_integration.webhooks import receive_inbound, receive_status

urlpatterns = [
    path("media/<str:token>", outbound_media, name="sms-outbound-media"),
    path("<uuid:gateway_id>/inbound", receive_inbound, name="sms-inbound"),
    path("<uuid:gateway_id>/status", receive_status, name="sms-receipts"),
    path("<uuid:gateway_id>/status/<uuid:message_id>", receive_status, name="sms-status"),
]
