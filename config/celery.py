"""The Celery application; each task runs in the clinic that queued it."""

import os

from tenant_schemas_celery.app import CeleryApp
from tenant_schemas_celery.task import TenantTask

from accounts.tenancy import PUBLIC, current_schema

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class ClinicTask(TenantTask):
    """A task on a clinic's tables. It refuses to run outside a clinic.

    A task that was sent without a clinic would run in the shared schema, where a query finds
    shared tables or nothing at all and nobody notices.
    """

    abstract = True
    in_public = False  # True on the few tasks that go through all clinics

    def __call__(self, *args: object, **kwargs: object) -> object:
        if current_schema() == PUBLIC and not self.in_public:
            raise RuntimeError(f"{self.name} was sent without a clinic; run it inside one.")
        return super().__call__(*args, **kwargs)


class ClinicCelery(CeleryApp):
    task_cls = ClinicTask

    def create_task_cls(self) -> type:
        return self.subclass_with_self(
            self.task_cls, abstract=True, name="ClinicTask", attribute="_app"
        )


app = ClinicCelery("chartvault")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
