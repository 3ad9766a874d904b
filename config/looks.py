"""How the two admins look (django-unfold)."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Chartvault",
    "SITE_HEADER": "Chartvault",
    "SITE_SUBHEADER": "config.admin.clinic_name",
    "SITE_SYMBOL": "clinical_notes",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "config.admin.favicon"},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "LOGIN": {"form": "accounts.second_factor.admin_login.LoginForm"},
    "ENVIRONMENT": "config.admin.environment_label",
    "SIDEBAR": {"show_search": True, "navigation": "config.admin.navigation"},
}
UNFOLD_PLATFORM: dict[str, Any] = {
    **UNFOLD,
    "SITE_TITLE": "Chartvault platform",
    "SITE_SUBHEADER": "Accounts and people",
    "SITE_SYMBOL": "domain",
}
