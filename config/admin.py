"""The two admins: the clinic's, on its own host, and the platform's, with nothing clinical."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import PasswordChangeView
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import path, reverse
from unfold.sites import UnfoldAdminSite

ACCOUNT_PAGE = "/app/account"  # of the app


class ClinicAdminSite(UnfoldAdminSite):
    """For members with a staff role. `User.is_staff` is asked of the membership here."""

    site_title = site_header = "Chartvault"
    index_title = "Clinic"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff) and not self._waits_for_a_second_factor(
            request
        )

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead whom the clinic wants a second factor of to where they set it up."""
        if request.method == "GET" and self._waits_for_a_second_factor(request):
            return HttpResponseRedirect(ACCOUNT_PAGE)
        return super().login(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The app's page does it: guesses are counted there, and the person is told."""
        return HttpResponseRedirect(ACCOUNT_PAGE)

    @staticmethod
    def _waits_for_a_second_factor(request: HttpRequest) -> bool:
        from accounts.second_factor.factors import second_factor_wanted

        membership = getattr(request.user, "membership", None)
        return membership is not None and second_factor_wanted(membership)

    def get_urls(self) -> list[Any]:
        """Without Django's "view on site" redirection, which takes any text for an id."""
        from accounts.desk import views

        known = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        own = [
            path("filters/keep/", self.admin_view(views.keep), name="desk_keep"),
            path("filters/<uuid:pk>/forget/", self.admin_view(views.forget), name="desk_forget"),
        ]
        return [*own, *known]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Suggest names, and note whose were shown."""
        from accounts.clinic_admin import note_suggestions

        try:
            response = super().autocomplete_view(request)
        except (ValueError, DataError):
            return JsonResponse({"results": [], "pagination": {"more": False}}, status=400)
        note_suggestions(request, response)
        return response

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        from accounts.clinic_admin import membership_in
        from config.dashboard import clinic_dashboard

        context = clinic_dashboard(membership_in(request))
        return super().index(request, {**context, **(extra_context or {})})


class PlatformAdminSite(UnfoldAdminSite):
    """For the platform's operators: accounts, domains, users, memberships."""

    settings_name = "UNFOLD_PLATFORM"
    site_title = site_header = "Chartvault platform"
    index_title = "Platform"

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """As Django's, with a form that counts wrong guesses for the lock-out."""
        from accounts.password_change import CountedPasswordChangeForm

        form = type("Form", (CountedPasswordChangeForm,), {"request": request})
        page: HttpResponse = PasswordChangeView.as_view(  # type: ignore[assignment]
            form_class=form,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
            template_name=self.password_change_template or "registration/password_change_form.html",
        )(request)
        return page

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        from config.dashboard import platform_dashboard

        return super().index(request, {**platform_dashboard(), **(extra_context or {})})


platform_site = PlatformAdminSite(name="admin")


def favicon(request: HttpRequest) -> str:
    return static("favicon.svg")


def clinic_name(request: HttpRequest) -> str:
    account = getattr(request, "account", None)
    return str(account.name) if account else "Platform"


def environment_label(request: HttpRequest) -> list[str] | None:
    return ["Development", "warning"] if settings.DEBUG else None


def _item(title: str, icon: str, name: str, permission: str) -> dict[str, Any]:
    from django.urls import reverse_lazy

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}_changelist"),
        "permission": lambda request: request.user.has_perm(permission),
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the clinic's sidebar; what a role may not see is left out."""
    if getattr(request, "account", None) is None:
        return [
            {
                "title": "Platform",
                "separator": True,
                "items": [
                    _item("Accounts", "domain", "accounts_account", "accounts.view_account"),
                    _item("Users", "person", "accounts_user", "accounts.view_user"),
                    _item(
                        "Memberships", "badge", "accounts_membership", "accounts.view_membership"
                    ),
                ],
            }
        ]
    return [
        {
            "title": "Clinic",
            "separator": True,
            "items": [
                _item("Patients", "personal_injury", "patients_patient", "patients.view_patient"),
                _item(
                    "Medical records",
                    "clinical_notes",
                    "medical_records_medicalrecord",
                    "medical_records.view_medicalrecord",
                ),
                _item(
                    "Visits",
                    "event",
                    "medical_records_visit",
                    "medical_records.view_visit",
                ),
                _item(
                    "Procedures",
                    "surgical",
                    "medical_records_procedure",
                    "medical_records.view_procedure",
                ),
                _item(
                    "AT reports",
                    "accessible",
                    "medical_records_atreport",
                    "medical_records.view_atreport",
                ),
                _item(
                    "Insurances",
                    "health_and_safety",
                    "medical_records_insurance",
                    "medical_records.view_insurance",
                ),
                _item(
                    "Lab results",
                    "labs",
                    "medical_records_labresult",
                    "medical_records.view_labresult",
                ),
                _item(
                    "Messages",
                    "forum",
                    "sms_integration_conversation",
                    "sms_integration.view_conversation",
                ),
                _item("Documents", "description", "documents_document", "documents.view_document"),
                _item(
                    "Image batches",
                    "photo_library",
                    "documents_imagebatch",
                    "documents.view_imagebatch",
                ),
            ],
        },
        {
            "title": "Logins",
            "separator": True,
            "items": [_item("Invites", "mail", "invites_invite", "invites.view_invite")],
        },
        {
            "title": "Sending",
            "separator": True,
            "items": [
                _item(
                    "Outbox",
                    "outbox",
                    "sms_integration_message",
                    "sms_integration.view_message",
                ),
                _item(
                    "Templates",
                    "article",
                    "sms_integration_template",
                    "sms_integration.view_template",
                ),
                _item(
                    "Opt-outs",
                    "speaker_notes_off",
                    "sms_integration_suppression",
                    "sms_integration.view_suppression",
                ),
                _item(
                    "Gateways",
                    "cell_tower",
                    "sms_integration_gateway",
                    "sms_integration.view_gateway",
                ),
            ],
        },
        {
            "title": "Directory",
            "separator": True,
            "items": [
                _item("Referrers", "stethoscope", "patients_referrer", "patients.view_referrer"),
                _item(
                    "Coordinators",
                    "support_agent",
                    "patients_coordinator",
                    "patients.view_coordinator",
                ),
                _item("Companies", "apartment", "patients_company", "patients.view_company"),
                _item(
                    "Guardians",
                    "family_restroom",
                    "patients_guardian",
                    "patients.view_guardian",
                ),
            ],
        },
        {
            "title": "Clinic administration",
            "separator": True,
            "items": [
                _item("Members", "group", "accounts_membership", "accounts.view_membership"),
                _item("Jobs", "conveyor_belt", "jobs_job", "jobs.view_job"),
                _item(
                    "FileMaker records",
                    "move_to_inbox",
                    "filemaker_filemakerrecord",
                    "filemaker.view_filemakerrecord",
                ),
                _item(
                    "Quarantine",
                    "coronavirus",
                    "documents_quarantineddocument",
                    "documents.view_quarantineddocument",
                ),
                _item(
                    "Files of messages",
                    "mms",
                    "sms_integration_inboundmedia",
                    "sms_integration.view_inboundmedia",
                ),
                _item("Access log", "policy", "audit_accesslog", "audit.view_accesslog"),
            ],
        },
    ]
