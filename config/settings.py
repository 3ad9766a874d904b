"""Settings, read strictly from the environment; a wrong value fails at start, by name.

`docs/deployment.md` has the table of variables. Without DATABASE_URL, REDIS_URL and
AWS_STORAGE_BUCKET_NAME the embedded servers and a folder of objects are used (config/runtime.py).
"""

from datetime import timedelta
from pathlib import Path

import pghistory
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import runtime
from config.environment import env, is_socket, number, required, switch
from config.looks import UNFOLD, UNFOLD_PLATFORM  # noqa: F401  the admin reads them here
from config.schedule import beat_schedule

BASE_DIR = runtime.BASE_DIR
DATA_DIR = runtime.data_dir()

# --- Security -------------------------------------------------------------------------------------

DEBUG = switch("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY")
SECRET_KEY_LENGTH = 50  # characters, at least
if not DEBUG and len(SECRET_KEY) < SECRET_KEY_LENGTH:
    raise ImproperlyConfigured(f"SECRET_KEY must have at least {SECRET_KEY_LENGTH} characters.")

# The first key encrypts, each of them decrypts (accounts/fields.py).
FIELD_ENCRYPTION_KEYS = [k for k in required("FIELD_ENCRYPTION_KEYS").split(",") if k]
if not FIELD_ENCRYPTION_KEYS:
    raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS holds no key.")
for _key in FIELD_ENCRYPTION_KEYS:
    try:
        Fernet(_key)
    except ValueError as error:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS holds a key that is no Fernet key."
        ) from error

PLATFORM_HOST = env.str("PLATFORM_HOST", "localhost")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[f".{PLATFORM_HOST}"] if DEBUG else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS, for example .clinic.example")
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# How many reverse proxies stand in front; forwarded headers are believed only when there are any.
TRUSTED_PROXY_COUNT = number("TRUSTED_PROXY_COUNT", 0)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

HTTPS = switch("HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = False  # the proxy that ends TLS redirects
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Clinics: one PostgreSQL schema each ----------------------------------------------------------

TENANT_MODEL = "accounts.Account"
TENANT_DOMAIN_MODEL = "accounts.Domain"
PUBLIC_SCHEMA_URLCONF = "config.urls_platform"
ROOT_URLCONF = "config.urls"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_BASE_MIGRATE_COMMAND = "accounts.services.lean_migrating.Command"

SHARED_APPS = [
    "django_tenants",
    "pgtrigger",  # before accounts, which lets migrate_schemas use its autodetector
    "pghistory",
    "config.apps.ConfigConfig",
    "accounts",
    "config.apps.UnfoldConfig",
    "unfold.contrib.filters",
    "config.apps.ClinicAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "axes",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "phonenumber_field",
]
# Sessions and the admin's log stand in both lists: the platform's own and one of each clinic.
TENANT_APPS = [
    "django.contrib.sessions",
    "config.apps.ClinicAdminConfig",
    "accounts.audit",
    "accounts.desk",
    "jobs",
    "documents",
    "patients",
    "medical_records",
    "invites",
    "sms_integration",
    "filemaker",
    "legacy",
    "backups",
]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]

# --- Database, cache, broker ----------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", "")
if DATABASE_URL and not DATABASE_URL.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured("DATABASE_URL must be like postgres://user:password@host:5432/name.")
_database = env.db("DATABASE_URL") if DATABASE_URL else runtime.database_settings(DATA_DIR)
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "django_tenants.postgresql_backend",
        # The search_path is set per session, so no transaction-pooling proxy may stand between.
        "CONN_MAX_AGE": number("CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ImproperlyConfigured("REDIS_URL must be like redis://:password@host:6379/0.")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    _cache_url = REDIS_URL.rsplit("/", 1)[0] + "/1"
else:
    CELERY_BROKER_URL, _cache_url = runtime.redis_urls(DATA_DIR)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", _cache_url),
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "TIMEOUT": 300,
    }
}

# --- Background work ------------------------------------------------------------------------------

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 3540
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7200, "socket_timeout": 30}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# --- Documents ------------------------------------------------------------------------------------

AWS_STORAGE_BUCKET_NAME = env.str("AWS_STORAGE_BUCKET_NAME", "")
AWS_S3_ENDPOINT_URL = env.str("AWS_S3_ENDPOINT_URL", "") or None
AWS_S3_PUBLIC_ENDPOINT_URL = env.str("AWS_S3_PUBLIC_ENDPOINT_URL", "") or AWS_S3_ENDPOINT_URL
AWS_S3_REGION_NAME = env.str("AWS_S3_REGION_NAME", "") or None
if AWS_STORAGE_BUCKET_NAME:
    _documents = {
        "BACKEND": "documents.storage.s3.S3ObjectStore",
        "OPTIONS": {
            "bucket_name": AWS_STORAGE_BUCKET_NAME,
            "endpoint_url": AWS_S3_ENDPOINT_URL,
            "region_name": AWS_S3_REGION_NAME,
            "public_endpoint_url": AWS_S3_PUBLIC_ENDPOINT_URL,
        },
    }
else:
    _documents = {
        "BACKEND": "documents.storage.filesystem.FileSystemObjectStore",
        "OPTIONS": {"location": str(DATA_DIR / "objects")},
    }
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing may use it
    "documents": _documents,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Bytes per slug that an operator allows instead of the policy's own limit, as JSON.
try:
    DOCUMENT_MAX_SIZES: dict[str, int] = env.json("DOCUMENT_MAX_SIZES", default={})
except ValueError as error:
    raise ImproperlyConfigured("DOCUMENT_MAX_SIZES must be JSON: slugs and bytes.") from error
DOCUMENT_TRASH_DAYS = number("DOCUMENT_TRASH_DAYS", 30, least=1)
ARCHIVE_HOURS = number("ARCHIVE_HOURS", 24, least=1)
if ARCHIVE_HOURS > 168:  # noqa: PLR2004  seven days: no link to a store lives longer
    raise ImproperlyConfigured("ARCHIVE_HOURS must be at most 168.")
DOCUMENT_MAX_PIXELS = number("DOCUMENT_MAX_PIXELS", 100_000_000, least=1)
# Direct uploads: in parts above so many bytes, and verified in the request up to so many.
DIRECT_UPLOAD_PARTS_ABOVE = number("DIRECT_UPLOAD_PARTS_ABOVE", 100 * 1024**2, least=1)
DIRECT_UPLOAD_PART_SIZE = number("DIRECT_UPLOAD_PART_SIZE", 16 * 1024**2, least=5 * 1024**2)
DIRECT_UPLOAD_VERIFY_AT_ONCE = number("DIRECT_UPLOAD_VERIFY_AT_ONCE", 20 * 1024**2)
DIRECT_UPLOAD_HOURS = number("DIRECT_UPLOAD_HOURS", 24, least=1)
DIRECT_UPLOAD_LINK_MINUTES = number("DIRECT_UPLOAD_LINK_MINUTES", 60, least=1)
if DIRECT_UPLOAD_PART_SIZE > 5 * 1024**3:
    raise ImproperlyConfigured("DIRECT_UPLOAD_PART_SIZE must be at most 5368709120 (5 GiB).")
if DIRECT_UPLOAD_LINK_MINUTES > 7 * 24 * 60:
    raise ImproperlyConfigured("DIRECT_UPLOAD_LINK_MINUTES must be at most 10080 (seven days).")
# A scanner for what comes in (docs/scanning.md); without one nothing is scanned.
CLAMAV_SOCKET = env.str("CLAMAV_SOCKET", "")
if CLAMAV_SOCKET and not is_socket(CLAMAV_SOCKET):
    raise ImproperlyConfigured(
        "CLAMAV_SOCKET must be like /run/clamav/clamd.ctl or tcp://host:3310."
    )
CLAMAV_CONNECT_TIMEOUT = number("CLAMAV_CONNECT_TIMEOUT", 5, least=1)
CLAMAV_TIMEOUT = number("CLAMAV_TIMEOUT", 120, least=1)
FILE_UPLOAD_TEMP_DIR = env.str("FILE_UPLOAD_TEMP_DIR", "") or None
FILE_UPLOAD_HANDLERS = ["documents.uploads.SpooledUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes of a body that is no file

# --- Logins ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mail is unique, by a constraint on its lower case
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.MembershipBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_validation = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": _validation + "UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": _validation + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": _validation + "CommonPasswordValidator"},
    {"NAME": _validation + "NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600 * 24  # seconds
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = number("SESSION_IDLE_MINUTES", 30, least=1) * 60
SESSION_ABSOLUTE_AGE = number("SESSION_ABSOLUTE_HOURS", 12, least=1) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts begin with an invitation to that very address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Guessing at one login is the lock-out's matter (AXES below); per login, allauth would let anybody
# lock anybody out from anywhere.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip", "reset_password": "10/m/ip,60/h/ip"}
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app", "browser")
HEADLESS_TOKEN_STRATEGY = "accounts.tokens.ClinicTokenStrategy"
HEADLESS_JWT_ALGORITHM = "HS256"
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 300
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = SESSION_ABSOLUTE_AGE
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True  # a token dies with its session
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True

# The second factor: an app's codes and, where the app is lost, recovery codes. No WebAuthn.
MFA_ADAPTER = "accounts.second_factor.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds that a clock may be off; no code is good twice
MFA_ALLOW_UNVERIFIED_EMAIL = True  # people come by an invitation to their address

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "accounts.requests.client_ip"
AXES_USERNAME_CALLABLE = "accounts.requests.login_name"
AXES_LOCKOUT_CALLABLE = "accounts.requests.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "email", "ip_address"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

# --- History --------------------------------------------------------------------------------------

PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
)
# Who and which request stand in each row: one insert a change, and no table that all changes share.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()

# --- Requests -------------------------------------------------------------------------------------

MIDDLEWARE = [
    "accounts.middleware.RequestMiddleware",
    "accounts.middleware.ClinicMiddleware",
    "config.middleware.OneAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.BodyLimitMiddleware",
    "config.middleware.OneEncodingMiddleware",
    "config.middleware.LoginBodyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.IdleSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # API addresses have one form; admin adds its own slash
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = DEBUG
APP_FILES = BASE_DIR / "frontend" / "dist" / "app"  # what `make build` leaves
STATICFILES_DIRS = [("app", APP_FILES)] if APP_FILES.is_dir() else []
# Names with a digest never change their content: Django's own, and those of the app's build.
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.\w+$|^/static/app/assets/"
LANGUAGE_CODE = "en-au"
TIME_ZONE = "UTC"
USE_TZ = True
BACKUP_DIR = Path(env.str("BACKUP_DIR", "") or DATA_DIR / "backups")
BACKUP_KEEP = number("BACKUP_KEEP", 7, least=1)
CELERY_BEAT_SCHEDULE = beat_schedule(backup_at=env.str("BACKUP_AT", "16:30"))
IMPORT_DATE_ORDER = env.str("IMPORT_DATE_ORDER", "DMY")
if IMPORT_DATE_ORDER not in {"DMY", "MDY", "YMD"}:
    raise ImproperlyConfigured("IMPORT_DATE_ORDER must be DMY, MDY or YMD.")
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_REGION", "AU")
PHONENUMBER_DB_FORMAT = "E164"

# --- API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.SessionAuthentication",
        "accounts.api.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["documents.api.parsers.ShallowJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pagination.CursorPagination",
    "PAGE_SIZE": 30,
    "DEFAULT_SCHEMA_CLASS": "config.openapi.Schema",
    "EXCEPTION_HANDLER": "config.errors.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,  # else a throttle believes any X-Forwarded-For
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "config.errors.ProblemHandler",
    "EXCEPTION_FORMATTER_CLASS": "config.errors.ProblemFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Chartvault",
    "DESCRIPTION": "Records and documents of a clinic. The clinic is the host name."
    " Empty filters, unknown orders and impossible page sizes count as left out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["accounts.api.permissions.IsMember"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.facts_are_for_staff",
    ],
    "SERVE_URLCONF": "config.urls",
    "ENUM_NAME_OVERRIDES": {
        "PatientStatus": "patients.models.PatientStatus",
        "InviteStatus": "invites.models.InviteStatus",
        "LabStatus": "medical_records.models.LabStatus",
        "VisitStatus": "medical_records.models.VisitStatus",
        "RecordStatus": "medical_records.models.RecordStatus",
        "RankEnum": "medical_records.models.InsuranceRank",
        "BulkInviteStatus": ("invited", "refused"),
        "MessageStatus": "sms_integration.models.MessageStatus",
    },
}

# --- Mail and log ---------------------------------------------------------------------------------

vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "chartvault@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"clinic": {"()": "accounts.requests.LogContext"}},
    "formatters": {
        "line": {
            "format": "%(asctime)s %(levelname)s [%(schema_name)s %(request_id)s]"
            " %(name)s: %(message)s"
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["clinic"], "formatter": "line"}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True},
        "axes": {"level": "WARNING"},
        "PIL": {"level": "WARNING"},
    },
}
