"""A second step that is lost: an owner vouches, or the operator asks others to."""

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import AuditLogSaaS
from codestax.common.errors import ForbiddenError
from orgs.models import Membership
from orgs.services import lost_second_steps, second_factor
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory
from tests.mails import sent_mails
from tests.orgs.test_two_step import App, is_signed_in, signed_in, text_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
MEMBERS = "/dashboard/settings/members"
LIST = reverse("api:member-list")
NOW = timezone.now().replace(year=2030, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def clock(time_machine):
    """Stands still, so that a code is the code of now."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


def guarded(role="viewer", org=None, **user):
    """A member with a second step; the app is at `app`."""
    fields = {"org": org} if org else {}
    found = MembershipFactory(user=UserFactory(password=PASSWORD, **user), role=role, **fields)
    secret = second_factor.new_secret()
    found.app = App(secret, second_factor.begin(found.user, secret))
    return found


@pytest.fixture
def grace():
    """An owner, with a second step of her own."""
    return guarded("owner", email="grace@example.com")


@pytest.fixture
def ada(grace):
    """A member of the same organization, who has lost it."""
    return guarded(org=grace.org, email="ada@example.com")


@pytest.fixture
def vouch(grace, django_capture_on_commit_callbacks):
    """What the page answers when the owner, or another member, vouches."""

    def posted(member, by=None, **changes):
        voucher = by or grace
        app = getattr(voucher, "app", None)
        form = {"password": PASSWORD, "code": app.code() if app else "000000"} | changes
        with django_capture_on_commit_callbacks(execute=True):
            return signed_in(voucher).post(page_of(member), form)

    return posted


def page_of(member):
    return f"{MEMBERS}/{member.pk}/second-step"


def has_second_step(member):
    return second_factor.is_set_up(member.user)


def entries():
    rows = AuditLogSaaS.objects.filter(action="MFA_RESET").order_by("pk")
    return [(row.org, row.actor_email, row.metadata | {"changes": ...}) for row in rows]


# An owner vouches.


def test_an_owner_takes_it_from_who_has_lost_it(ada, vouch):
    answer = vouch(ada)

    assert (answer.status_code, answer["Location"]) == (302, MEMBERS)
    assert not has_second_step(ada)
    body = {"email": "ada@example.com", "password": PASSWORD}
    assert APIClient().post(reverse("api:token"), body).status_code == 200


def test_the_members_sessions_and_tokens_end_and_keys_go_on(ada, grace, vouch, api_as):
    session, tokens, key = signed_in(ada), api_as(ada), api_as(ApiKeyFactory(membership=ada))
    owners = signed_in(grace)

    vouch(ada)

    assert (is_signed_in(session), is_signed_in(owners)) == (False, True)
    assert [client.get(LIST).status_code for client in (tokens, key)] == [401, 200]


def test_the_log_says_who_vouched_for_whom(ada, grace, vouch):
    vouch(ada)

    said = {"member": "ada@example.com", "vouched_by": ["grace@example.com"], "changes": ...}
    assert entries() == [(grace.org_id, "grace@example.com", said)]


def test_the_member_and_the_other_owners_get_a_mail(ada, grace, vouch):
    for email in ("linus@example.com", "barbara@example.com"):
        guarded("owner", org=grace.org, email=email)
    MembershipFactory(org=grace.org, role="admin")

    vouch(ada)

    to_ada, to_owners = sorted(sent_mails(), key=lambda one: one.subject, reverse=True)
    assert to_ada.recipients() == ["ada@example.com"]
    assert "grace@example.com, an owner of" in to_ada.body
    assert "http://testserver/two-step" in to_ada.body
    assert to_owners.recipients() == ["barbara@example.com", "linus@example.com"]
    assert "grace@example.com has vouched for ada@example.com" in to_owners.body


@pytest.mark.parametrize(
    "changes",
    [{"password": "wrong"}, {"code": "000000"}, {"password": ""}, {"code": ""}],
    ids=["wrong_password", "wrong_code", "no_password", "no_code"],
)
def test_an_open_session_alone_vouches_for_nobody(ada, vouch, changes):
    answer = vouch(ada, **changes)

    assert answer.status_code == 400
    assert has_second_step(ada)
    assert (entries(), mail.outbox) == ([], [])


def test_an_owners_password_and_code_are_not_guessed_here_either(ada, vouch):
    statuses = [vouch(ada, password="wrong").status_code for _ in range(MAX_FAILURES_PER_EMAIL + 1)]

    assert statuses == [400] * MAX_FAILURES_PER_EMAIL + [429]


def test_the_code_of_the_member_is_no_code_of_the_owner(ada, vouch):
    assert vouch(ada, code=ada.app.recovery[0]).status_code == 400
    assert has_second_step(ada)


@pytest.mark.parametrize("role", ["viewer", "member", "admin"])
def test_only_owners_vouch(ada, grace, vouch, role):
    other = guarded(role, org=grace.org)
    signed_in(ada)

    assert vouch(ada, by=other).status_code == 403
    assert signed_in(other).get(page_of(ada)).status_code == 403
    assert "/second-step" not in text_of(signed_in(other).get(MEMBERS))
    assert has_second_step(ada)


def test_an_owner_who_was_demoted_meanwhile_vouches_for_nobody(ada, grace):
    guarded("owner", org=grace.org)
    stale = Membership.objects.get(pk=grace.pk)
    Membership.objects.filter(pk=grace.pk).update(role="admin")

    with pytest.raises(ForbiddenError, match="owner role required"):
        lost_second_steps.vouch(acting=stale, member=ada, password=PASSWORD, code=grace.app.code())

    assert has_second_step(ada)


def test_an_owner_may_vouch_for_another_owner(grace, vouch):
    other = guarded("owner", org=grace.org)

    assert vouch(other).status_code == 302
    assert not has_second_step(other)


def test_nobody_vouches_for_themselves(grace, vouch):
    guarded("owner", org=grace.org)

    answer = vouch(grace)

    assert "Nobody vouches for themselves" in text_of(answer)
    assert has_second_step(grace)


def test_an_owner_without_a_second_step_vouches_for_nobody(ada, grace, vouch):
    other = MembershipFactory(org=grace.org, role="owner", user=UserFactory(password=PASSWORD))

    answer = vouch(ada, by=other)

    assert "Set up your own two-step sign-in first." in text_of(answer)
    assert has_second_step(ada)


def test_who_has_none_has_lost_none(grace, vouch):
    member = MembershipFactory(org=grace.org, user__email="new@example.com")

    answer = vouch(member)

    assert answer.status_code == 400
    assert "new@example.com has no two-step sign-in." in text_of(answer)


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
def test_support_staff_are_the_operators_to_look_at(grace, vouch, rights):
    member = guarded(org=grace.org, **rights)

    answer = vouch(member)

    assert answer.status_code == 400
    assert "ask the operator of this service" in text_of(answer)
    assert has_second_step(member)
    assert (entries(), mail.outbox) == ([], [])


def test_who_belongs_to_another_organization_too_is_the_operators_to_look_at(ada, vouch):
    MembershipFactory(user=ada.user, role="viewer")

    answer = vouch(ada)

    assert answer.status_code == 400
    assert "ask the operator of this service" in text_of(answer)
    assert has_second_step(ada)


def test_without_a_proof_nothing_is_said_of_where_else_they_belong(ada, grace, vouch):
    MembershipFactory(user=ada.user, role="viewer")

    shown = text_of(signed_in(grace).get(page_of(ada)))
    answer = vouch(ada, code="000000")

    assert "is not of this organization alone" not in shown + text_of(answer)


def test_another_organizations_member_is_the_404_page(ada, vouch):
    stranger = guarded("owner")

    assert vouch(ada, by=stranger).status_code == 404
    assert signed_in(stranger).get(page_of(ada)).status_code == 404
    assert has_second_step(ada)


def test_the_page_says_to_call_them_back(ada, grace):
    page = text_of(signed_in(grace).get(page_of(ada)))

    assert "call them back on a number that you knew before" in page
    assert 'name="password"' in page


def test_the_page_has_no_form_where_it_would_be_refused(grace):
    member = MembershipFactory(org=grace.org)

    assert 'name="password"' not in text_of(signed_in(grace).get(page_of(member)))


def test_an_owner_is_offered_it_for_whom_else_has_come_in(ada, grace):
    invited = MembershipFactory(org=grace.org)
    signed_in(ada)

    page = text_of(signed_in(grace).get(MEMBERS))

    assert page_of(ada) in page
    assert page_of(grace) not in page
    assert page_of(invited) not in page


def test_where_nobody_has_a_second_step_there_is_nothing_to_vouch_for(ada, grace, settings):
    settings.MFA_ENABLED = False
    signed_in(ada)

    browser = signed_in(grace)

    assert browser.get(page_of(ada)).status_code == 404
    assert "/second-step" not in text_of(browser.get(MEMBERS))


# The operator.


def reset(email="ada@example.com", **options):
    call_command("reset_two_step", email=email, **options)


def test_the_operator_takes_it_where_an_owner_vouches(ada, grace):
    session = signed_in(ada)

    reset(vouched_by=["Grace@example.com"])

    assert not has_second_step(ada)
    assert not is_signed_in(session)
    said = {"member": "ada@example.com", "vouched_by": ["grace@example.com"], "changes": ...}
    assert entries() == [(grace.org_id, "system", said)]


def test_of_each_organization_an_owner_has_to_vouch(ada, grace):
    other = MembershipFactory(user__email="linus@example.com", org__slug="other")
    MembershipFactory(user=ada.user, org=other.org, role="viewer")

    with pytest.raises(CommandError, match="Nobody of other vouches for ada@"):
        reset(vouched_by=["grace@example.com"])
    kept = has_second_step(ada)
    reset(vouched_by=["grace@example.com", "linus@example.com"])

    assert kept
    assert not has_second_step(ada)
    assert [(org, said["vouched_by"]) for org, _, said in entries()] == [
        (grace.org_id, ["grace@example.com"]),
        (other.org_id, ["linus@example.com"]),
    ]


@pytest.mark.parametrize(
    ("vouchers", "said"),
    [
        ([], "Nobody of acme vouches"),
        (["ada@example.com"], "Nobody of acme vouches"),
        (["admin@example.com"], "Nobody of acme vouches"),
        (["gone@example.com"], "Nobody of acme vouches"),
        (["grace@example.com", "admin@example.com"], "admin@example.com is no other owner"),
    ],
    ids=["nobody", "themselves", "an_admin", "a_closed_account", "somebody_else_too"],
)
def test_only_another_owners_word_counts(ada, grace, vouchers, said):
    grace.org.slug = "acme"
    grace.org.save()
    ada.role = "owner"
    ada.save()
    MembershipFactory(org=grace.org, user__email="admin@example.com", role="admin")
    MembershipFactory(org=grace.org, user__email="gone@example.com", user__is_active=False)

    with pytest.raises(CommandError, match=said):
        reset(vouched_by=vouchers, proof="They said so.")

    assert has_second_step(ada)
    assert entries() == []


def test_for_the_last_owner_the_operator_says_what_proof_there_was(grace):
    with pytest.raises(CommandError, match="say by --proof"):
        reset("grace@example.com", proof=" ")
    kept = has_second_step(grace)
    reset("grace@example.com", proof="Called back; signed letter of 2030-11-02.")

    assert kept
    assert not has_second_step(grace)
    said = {
        "member": "grace@example.com",
        "proof": "Called back; signed letter of 2030-11-02.",
        "changes": ...,
    }
    assert entries() == [(grace.org_id, "system", said)]


def test_for_support_staff_a_proof_is_needed_beside_the_owners_word(grace):
    sam = guarded(org=grace.org, email="sam@example.com", is_staff=True)

    with pytest.raises(CommandError, match="say by --proof"):
        reset("sam@example.com", vouched_by=["grace@example.com"])
    kept = has_second_step(sam)
    reset("sam@example.com", vouched_by=["grace@example.com"], proof="Met in the office.")

    assert kept
    assert not has_second_step(sam)
    assert [(org, set(said) - {"member", "changes"}) for org, _, said in entries()] == [
        (grace.org_id, {"vouched_by"}),
        (None, {"proof"}),
    ]


def test_who_has_no_second_step_is_said(grace):
    MembershipFactory(org=grace.org, user__email="new@example.com")

    with pytest.raises(CommandError, match="There is no user new@"):
        reset("new@example.com", vouched_by=["grace@example.com"])
