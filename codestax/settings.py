"""Settings. Every difference between deployments is an environment variable (README, table)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from codestax import openapi, rest
from codestax.common import logs
from codestax.env import (
    env_bool,
    env_choice,
    env_database,
    env_email,
    env_file,
    env_int,
    env_list,
    env_secret,
    env_secrets,
    env_str,
)
from codestax.identity_providers import env_providers
from codestax.local_secrets import local_secret, random_seed, random_text
from codestax.postgresql.accounts import account_url
from codestax.secret_scanners import env_scanner_keys

# Lets admin classes name their model in brackets, as the type checker asks.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("CODESTAX_VAR", default=str(BASE_DIR / "var")))

PRODUCTION = env_bool("PRODUCTION", default=False)
DEBUG = env_bool("DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG=true shows secrets to visitors: leave it out of production.")


def _required(name: str, value: Any) -> Any:
    """Production has no default that would be unsafe."""
    if PRODUCTION and not value:
        raise ImproperlyConfigured(f"Set {name}: PRODUCTION=true has no default for it.")
    return value


def _secret(name: str, make: Callable[[], str] = random_text) -> str:
    return str(_required(name, env_secret(name)) or local_secret(VAR_DIR, name, make))


SECRET_KEY = _secret("SECRET_KEY")
# Former ones: what was signed or encrypted with them is still read.
SECRET_KEY_FALLBACKS = env_secrets("SECRET_KEY_FALLBACKS")
JWT_SIGNING_KEY = _secret("JWT_SIGNING_KEY")
if JWT_SIGNING_KEY == SECRET_KEY:
    raise ImproperlyConfigured("JWT_SIGNING_KEY must differ from SECRET_KEY: make another one.")
_HOSTS = _required("ALLOWED_HOSTS", env_list("ALLOWED_HOSTS", default=[]))
ALLOWED_HOSTS = _HOSTS or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", default=[])
# How many proxies in front of us append to X-Forwarded-For; 0 ignores the header.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", default=0)

# Off in production until somebody wants it there: it crosses organizations, and it signs people in.
ADMIN_ENABLED = env_bool("ADMIN_ENABLED", default=not PRODUCTION)

OIDC_PROVIDERS = env_providers("OIDC_PROVIDERS", plain_http=not PRODUCTION)

INSTALLED_APPS = [
    "orgs.apps.SupportAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "allauth.account",
    "allauth.mfa",
    *(["allauth.socialaccount"] if OIDC_PROVIDERS else []),
    "codestax",
    "orgs",
    "scans",
    "compliance",
    "audit",
]

MIDDLEWARE = [
    "codestax.common.request_ids.RequestIdMiddleware",
    # What sets headers stands before all that answers by itself: redirects, files, refusals.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "codestax.refusals.RefusalMiddleware",
    "codestax.common.middleware.UnkeptMiddleware",
    "codestax.common.middleware.SlashlessApiMiddleware",
    "codestax.common.middleware.EncryptedApiMiddleware",
    "codestax.middleware.TenancyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "codestax.common.context.RequestContextMiddleware",
    "codestax.common.authentications.SessionUseMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # The last one: it runs the view.
    "codestax.common.repeats.RepeatMiddleware",
]

ROOT_URLCONF = "codestax.urls"
WSGI_APPLICATION = "codestax.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# Of the two accounts of the database (manage.py), the one that this process connects as.
DATABASE_ACCOUNT = env_str("DATABASE_ACCOUNT", default="app")
_url = _required("DATABASE_URL", env_secret("DATABASE_URL"))
DATABASES = {"default": env_database(account_url(DATABASE_ACCOUNT, _url, VAR_DIR / "postgres"))}
# Longer statements of web processes and workers are given up: a lock that somebody else keeps
# would hold a request's thread for as long. 0 sets no limit.
DATABASE_STATEMENT_SECONDS = env_int("DATABASE_STATEMENT_SECONDS", default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["orgs.pages.sessions.AccountBackend"]
SESSION_ENGINE = "orgs.pages.sessions"
# A session ends when nothing was asked in it for so long, and after so long in any case.
SESSION_COOKIE_AGE = 60 * env_int("SESSION_IDLE_MINUTES", default=720, minimum=1)
SESSION_MAX_SECONDS = 3600 * env_int("SESSION_MAX_HOURS", default=168, minimum=1)
# Not in a cookie of its own, where it would outlast the session.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# A link that sets a password is good once, and for so long.
PASSWORD_RESET_TIMEOUT = 3600 * env_int("PASSWORD_LINK_HOURS", default=24, minimum=1)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "orgs.services.password_words.WordsValidator",
    )
]
# The list of Pwned Passwords, as its downloader writes it; its passwords are refused.
BREACHED_PASSWORDS_FILE = env_file("BREACHED_PASSWORDS_FILE")
if BREACHED_PASSWORDS_FILE:
    AUTH_PASSWORD_VALIDATORS += [
        {
            "NAME": "orgs.services.breached_passwords.BreachedPasswordsValidator",
            "OPTIONS": {"path": BREACHED_PASSWORDS_FILE},
        }
    ]

LOGIN_URL = "login"
# Whether people may add a second step to their sign-in, and organizations ask for it.
MFA_ENABLED = env_bool("MFA_ENABLED", default=True)
# Whether everybody has to, members of any organization and support staff.
MFA_REQUIRED = env_bool("MFA_REQUIRED", default=False)
if MFA_REQUIRED and not MFA_ENABLED:
    raise ImproperlyConfigured(
        "MFA_REQUIRED=true asks of everybody what MFA_ENABLED=false takes away: change one of them."
    )

# What new keys say in their start, and what a key must say to be good here (`cpl_live_…`).
KEY_ENVIRONMENT = env_choice(
    "KEY_ENVIRONMENT", ("live", "test"), default="live" if PRODUCTION else "test"
)

# Whose reports of keys found in public are believed. Nobody's, where none is named.
SECRET_SCANNING_KEYS = env_scanner_keys("SECRET_SCANNING_KEYS")

# django-allauth keeps and checks the second step, and speaks to identity providers. It has no page
# here, and decides nothing.
MFA_ADAPTER = "orgs.services.second_factor.Secrets"
MFA_TOTP_ISSUER = "CodeStax Compliance"
# Steps of 30 seconds either way, for telephones whose clocks differ. 0: a code lives for its own.
MFA_TOTP_TOLERANCE = env_int("TOTP_TOLERANCE_STEPS", default=0, maximum=1)
MFA_RECOVERY_CODE_DIGITS = 12
# The least that OWASP takes for Argon2id: codes are random, and a set is ten runs at once.
RECOVERY_CODE_COST = {"time_cost": 2, "memory_cost": 19_456, "parallelism": 1}
SOCIALACCOUNT_ADAPTER = "orgs.services.openid_client.Connections"
SOCIALACCOUNT_STORE_TOKENS = False
ACCOUNT_LOGIN_METHODS, ACCOUNT_SIGNUP_FIELDS = {"email"}, ["email*", "password1*", "password2*"]

# The link of a forgotten password is a secret: without a mail server it is printed for who runs
# this on loopback, and thrown away in production, where output is kept.
_MAIL = env_email(env_secret("EMAIL_URL") or ("dummymail://" if PRODUCTION else "consolemail://"))
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_HOST"], _MAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"], _MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL["EMAIL_USE_TLS"], _MAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM", default="codestax@localhost")

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = "codestax.formats"
USE_TZ = True

STATIC_URL = "static/"
# Elsewhere the files are served from where they lie.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Transport and headers. On loopback there is no TLS to insist on.
SECURE_SSL_REDIRECT = PRODUCTION
# Probes come from beside the process, without TLS; the API refuses what came in the clear.
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^api/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
CSRF_COOKIE_HTTPONLY = True  # forms carry the token
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Signs the audit log's checkpoints: Ed25519, as PEM or as base64 of its 32 bytes.
AUDIT_SIGNING_KEY = _secret("AUDIT_SIGNING_KEY", random_seed)
# Older entries are dropped, their checkpoints kept; 0 keeps them for ever.
AUDIT_RETENTION_DAYS = env_int("AUDIT_RETENTION_DAYS", default=0)

# What one upload may hold; over it the report is refused as a whole.
UPLOAD_MAX_SENT_BYTES = env_int("UPLOAD_MAX_SENT_BYTES", default=25_000_000, minimum=1)
UPLOAD_MAX_UNPACKED_BYTES = env_int("UPLOAD_MAX_UNPACKED_BYTES", default=250_000_000, minimum=1)
UPLOAD_MAX_RESULTS = env_int("UPLOAD_MAX_RESULTS", default=250_000, minimum=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000  # every other body; an upload is read as a stream
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4_000  # the form of a framework has 7 for each of 500 controls
# Address space of each process that reads reports beside the web's; 0 sets no limit.
WORKER_MEMORY_MB = env_int("WORKER_MEMORY_MB", default=2048)
# Evidence carried from an earlier scan stops counting after this long.
CARRY_DAYS = env_int("CARRY_DAYS", default=30, minimum=1)

# API requests a minute of one key or member, and of a whole organization; 0 sets no limit.
RATE_LIMIT_PER_MINUTE = env_int("RATE_LIMIT_PER_MINUTE", default=600 if PRODUCTION else 0)
RATE_LIMIT_ORG_PER_MINUTE = env_int("RATE_LIMIT_ORG_PER_MINUTE", default=6000 if PRODUCTION else 0)

REST_FRAMEWORK = rest.FRAMEWORK
SIMPLE_JWT = rest.tokens(JWT_SIGNING_KEY)
SPECTACULAR_SETTINGS = openapi.SETTINGS

# A line for each request that a credential lets in; ACCESS_LOG says less of them, and more besides.
AUTHENTICATION_LOG = env_bool("AUTHENTICATION_LOG", default=PRODUCTION)
LOG_FORMAT = env_choice("LOG_FORMAT", ("plain", "json"), default="json" if PRODUCTION else "plain")
LOGGING = logs.logging_of(formatter=LOG_FORMAT, authentications=AUTHENTICATION_LOG)
