"""The forms of sign-in and settings; what their fields mean is the services' business."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils import timezone

from codestax.common.errors import DomainError
from orgs.domain.roles import Role
from orgs.models import Membership, User

MAX_OVERLAP_HOURS = 168
_PASSWORD_CHARS = 1024
_LIFETIMES = [(30, "30 days"), (90, "90 days"), (365, "1 year"), (0, "No expiry")]
_OVERLAPS = [(0, "at once"), (1, "in 1 hour"), (24, "in 1 day"), (MAX_OVERLAP_HOURS, "in 7 days")]


def say_at(form: forms.BaseForm, error: DomainError) -> None:
    """Show a service's refusal at the field that it names, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


class RoleField(forms.TypedChoiceField):
    """A role, as the domain's own type. Any role is read, so that the service can refuse it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=_choices(Role.OWNER), coerce=Role, **options)


def offer_up_to(role: Role, form: forms.BaseForm) -> None:
    """Offer only the roles that a member of this role may give."""
    select: Any = form.fields["role"].widget
    select.choices = _choices(role)


def _choices(highest: Role) -> list[tuple[str, str]]:
    return [(role.value, role.value.capitalize()) for role in Role if highest.allows(role)]


class SignInForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        max_length=_PASSWORD_CHARS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code in its place."""

    code = forms.CharField(
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )


def _present_password(**attrs: Any) -> forms.CharField:
    return forms.CharField(
        label="Present password",
        max_length=_PASSWORD_CHARS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"} | attrs),
    )


class ConfirmedCodeForm(CodeForm):
    """A code beside the password: an open session alone does not change how one signs in."""

    password = _present_password(autofocus=True)
    field_order = ["password", "code"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["code"].widget.attrs["autofocus"]


class VouchForm(ConfirmedCodeForm):
    """An owner's own password and code, to vouch for somebody else."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password"].label = "Your own password"
        self.fields["code"].label = "Code of your own app"


class TwoStepForm(ConfirmedCodeForm):
    """The first code of an app, with the secret that this page has shown to it."""

    secret = forms.CharField(max_length=200, widget=forms.HiddenInput)
    revoke_keys = forms.BooleanField(
        required=False,
        initial=True,
        label="Revoke my API keys too",
        help_text="Only where nobody else can have had access may pipelines keep their keys.",
    )
    field_order = ["secret", "password", "code", "revoke_keys"]


class PasswordForm(forms.Form):
    password = _present_password(autofocus=True)


class EndSessionForm(forms.Form):
    """Which of somebody's sessions ends; `names` are those that may, the others' one included."""

    which = forms.ChoiceField(
        label="What ends",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what ends.",
            "invalid_choice": "This session has ended already: choose another one.",
        },
    )
    password = _present_password()

    def __init__(
        self, *args: Any, names: Iterable[str], is_confirmed: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        which: Any = self.fields["which"]
        which.choices = [(name, name) for name in names]
        if is_confirmed:
            del self.fields["password"]


class EmailForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg] # takes none at run time
    """A new password, twice, and what goes with it."""

    revoke_keys = forms.BooleanField(
        required=False,
        initial=True,
        label="Revoke my API keys too",
        help_text="Only where nobody else can have had access may pipelines keep their keys.",
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(user, *args, **options)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.help_text = (
            "At least 8 characters; no common password, nothing like your email, and not the name "
            "of this product or of your organization."
        )
        second.label, second.help_text = "New password again", ""
        for field in (first, second):
            field.widget.attrs["maxlength"] = _PASSWORD_CHARS


class PasswordChangeForm(NewPasswordForm):
    old_password = _present_password(autofocus=True)
    field_order = ["old_password", "new_password1", "new_password2", "revoke_keys"]


class MemberForm(forms.Form):
    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = RoleField(initial=Role.MEMBER.value)

    def __init__(self, *args: Any, own_role: Role, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_up_to(own_role, self)


class RoleForm(forms.Form):
    """A member's role, to be changed; each has ids of its own on the page."""

    role = RoleField()

    def __init__(self, data: Any = None, *, member: Membership, own_role: Role) -> None:
        super().__init__(data, initial={"role": member.role}, auto_id=f"member-{member.pk}-%s")
        offer_up_to(own_role, self)


class KeyForm(forms.Form):
    name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "ci pipeline"}),
    )
    role = RoleField(initial=Role.MEMBER.value)
    days = forms.TypedChoiceField(label="Expires after", choices=_LIFETIMES, coerce=int, initial=90)

    def __init__(self, *args: Any, own_role: Role, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_up_to(own_role, self)

    @property
    def expires_at(self) -> datetime | None:
        days: int = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class RotationForm(forms.Form):
    overlap_hours = forms.TypedChoiceField(
        label="The old key ends", choices=_OVERLAPS, coerce=int, initial=24
    )
