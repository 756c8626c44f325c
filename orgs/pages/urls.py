from django.apps import apps
from django.urls import URLPattern, path
from django.views.generic import RedirectView

import codestax.common.converters  # noqa: F401 - registers the converter "id"
from orgs.pages import (
    keys,
    members,
    open_sessions,
    passwords,
    settings,
    sign_in,
    styleguide,
    two_step,
)

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="dashboard"), name="home"),
    path("login", sign_in.SignIn.as_view(), name="login"),
    path("login/code", sign_in.SignInCode.as_view(), name="login-code"),
    path("two-step", two_step.TwoStep.as_view(), name="two-step"),
    path("two-step/off", two_step.TwoStepOff.as_view(), name="two-step-off"),
    path("two-step/recovery-codes", two_step.RecoveryCodes.as_view(), name="recovery-codes"),
    path("two-step/required", two_step.TwoStepRequirement.as_view(), name="two-step-required"),
    path("logout", sign_in.sign_out, name="logout"),
    path("password/change", passwords.PasswordChange.as_view(), name="password-change"),
    path("password/reset", passwords.PasswordReset.as_view(), name="password-reset"),
    path(
        "password/reset/sent",
        passwords.PasswordResetSent.as_view(),
        name="password-reset-sent",
    ),
    path(
        "password/reset/<uidb64>/<token>",
        passwords.PasswordResetConfirm.as_view(),
        name="password-reset-confirm",
    ),
    path("dashboard", RedirectView.as_view(pattern_name="dashboard")),
    path("dashboard/_styleguide", styleguide.Styleguide.as_view(), name="dashboard-styleguide"),
    path(
        "dashboard/organization",
        settings.OrganizationChoice.as_view(),
        name="dashboard-organization",
    ),
    path("dashboard/settings", settings.Profile.as_view(), name="dashboard-settings"),
    path(
        "dashboard/settings/sessions",
        open_sessions.Sessions.as_view(),
        name="dashboard-sessions",
    ),
    path("dashboard/settings/members", members.Members.as_view(), name="dashboard-members"),
    path(
        "dashboard/settings/members/<id:member_id>/role",
        members.MemberRole.as_view(),
        name="dashboard-member-role",
    ),
    path(
        "dashboard/settings/members/<id:member_id>/remove",
        members.MemberRemoval.as_view(),
        name="dashboard-member-remove",
    ),
    path(
        "dashboard/settings/members/<id:member_id>/invitation",
        members.MemberInvitation.as_view(),
        name="dashboard-member-invitation",
    ),
    path(
        "dashboard/settings/members/<id:member_id>/second-step",
        members.MemberSecondStep.as_view(),
        name="dashboard-member-second-step",
    ),
    path("dashboard/settings/keys", keys.Keys.as_view(), name="dashboard-keys"),
    path(
        "dashboard/settings/keys/<id:key_id>/rotate",
        keys.KeyRotation.as_view(),
        name="dashboard-key-rotate",
    ),
    path(
        "dashboard/settings/keys/<id:key_id>/revoke",
        keys.KeyRevocation.as_view(),
        name="dashboard-key-revoke",
    ),
]

if apps.is_installed("allauth.socialaccount"):  # with OIDC_PROVIDERS
    from orgs.pages import single_sign_on

    urlpatterns += [
        path(
            "login/sso/<slug:provider_id>",
            single_sign_on.SignInThrough.as_view(),
            name="sso-start",
        ),
        path(
            "login/sso/<slug:provider_id>/callback",
            single_sign_on.ComeBack.as_view(),
            name="sso-callback",
        ),
        path(
            "dashboard/settings/sso/<slug:provider_id>",
            single_sign_on.Connection.as_view(),
            name="sso-connect",
        ),
        path(
            "dashboard/settings/sso/<slug:provider_id>/disconnect",
            single_sign_on.Disconnection.as_view(),
            name="sso-disconnect",
        ),
    ]
