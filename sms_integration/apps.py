from django.apps import AppConfig


class SmsIntegrationConfig(AppConfig):
    name = "sms_integration"
    verbose_name = "Messages"
