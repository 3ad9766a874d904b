from django.apps import AppConfig


class FilemakerConfig(AppConfig):
    name = "filemaker"
    verbose_name = "FileMaker"
