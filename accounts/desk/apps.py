from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "accounts.desk"
    label = "desk"
    verbose_name = "Desk"
