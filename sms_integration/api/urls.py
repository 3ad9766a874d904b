from sms_integration.api import sending_urls

urlpatterns = [*sending_urls.urlpatterns]
