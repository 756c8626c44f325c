"""Single sign-on: whom an identity provider's word lets in, and what ties them to it.

A person is known by issuer and subject. Nobody is made here, and the first time nobody is believed
by the email alone: the provider must have verified it, this account must have been reached by a
mail to it, and whom the provider belongs to must have them as a member.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from codestax.common.context import client_ip
from codestax.common.errors import DomainError, NotFoundError
from codestax.common.tenancy import across_organizations, of_user
from codestax.identity_providers import IdentityProvider
from orgs.models import Identity, Membership, Organization, User
from orgs.queries import user_known_as
from orgs.services import guessing, openid, sessions
from orgs.services.openid import Answer, AnswerRefusedError
from orgs.services.passwords import confirm_password
from orgs.services.sessions import Through
from orgs.services.two_step import end_sessions_of


class NoMemberError(DomainError):
    """The provider knows who came, and we do not; why is said to nobody."""

    code = "no_member"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Single sign-on did not find a member for this account; ask an owner of your "
            "organization."
        )


@dataclass(frozen=True)
class Arrival:
    """What came of it: a connected identity, a session, or (`owes_code`) half of one.

    `next` is where the person wanted to go, as it was sent.
    """

    next: str
    is_connected: bool = False
    owes_code: bool = False


def provider_of(provider_id: str) -> IdentityProvider:
    found: IdentityProvider | None = settings.OIDC_PROVIDERS.get(provider_id)
    if found is None:
        raise NotFoundError("Not found.")
    return found


def start(*, request: HttpRequest, provider: IdentityProvider, next_page: str) -> str:
    """The provider's address to go to. ProviderAwayError, TooManyAttemptsError."""
    guessing.refuse_guessing(_of_address(request), client_ip(request))
    return openid.begin(request, provider, next=next_page)


def start_connecting(
    *, request: HttpRequest, user: User, provider: IdentityProvider, password: str
) -> str:
    """As `start`, for who has signed in and wants to come in through the provider as well.

    Nobody adds a way in through a session that was left open: WrongPasswordError.
    """
    confirm_password(user=user, password=password)
    return openid.begin(request, provider, connects=user.pk)


def arrive(*, request: HttpRequest, provider: IdentityProvider) -> Arrival:
    """Sign in, or connect, who comes back from the provider.

    NotStartedError, ProviderAwayError, AnswerRefusedError, NoMemberError, TooManyAttemptsError.
    """
    guessing.refuse_guessing(_of_address(request), client_ip(request))
    exchange = openid.finish(request, provider)
    try:
        answer = exchange.answer()
    except AnswerRefusedError as error:
        _refused(request, provider, _of_address(request), reason=error.reason)
        raise
    counted_as = f"single sign-on of {answer.subject} at {provider.issuer}"
    guessing.refuse_guessing(counted_as, client_ip(request))
    try:
        arrival = _let_in(request, provider, answer)
    except NoMemberError:
        email = answer.email or _email_of(provider, answer)
        _refused(request, provider, counted_as, email=email, reason="no_member")
        raise
    guessing.forget_failures(counted_as)
    return arrival


def disconnect(*, request: HttpRequest, user: User, provider: IdentityProvider) -> None:
    """Forget an identity; nobody is connected to it again by the email. Other sessions end."""
    with of_user(user.pk), transaction.atomic():
        mine = Identity.objects.select_for_update().filter(user=user, issuer=provider.issuer)
        found = mine.exclude(subject=None).first()
        if found is None:
            raise NotFoundError("Not found.")
        end_sessions_of(user)
        found.subject = None
        found.save(update_fields=["subject"])
        through = Through.of(provider, _organization_id(provider, user))
        sessions.record("SSO_UNLINKED", user.email, through)
    update_session_auth_hash(request, user)


def offered_to(user: User, slugs: set[str]) -> list[tuple[IdentityProvider, bool]]:
    """The providers that a member of these organizations may use, each with whether they do."""
    with of_user(user.pk):
        used = set(
            Identity.objects.filter(user=user)
            .exclude(subject=None)
            .values_list("issuer", flat=True)
        )
    return [
        (one, one.issuer in used)
        for one in settings.OIDC_PROVIDERS.values()
        if one.organization is None or one.organization in slugs
    ]


def _let_in(request: HttpRequest, provider: IdentityProvider, answer: Answer) -> Arrival:
    if "connects" in answer.kept:
        _connect(request, provider, answer)
        return Arrival(next="", is_connected=True)
    with transaction.atomic():
        user = user_known_as(provider.issuer, answer.subject)
        is_new = user is None
        if user is None:
            user = _member_by_email(provider, answer)
        through = _through(provider, user, answer)
        if is_new:
            _link(user, provider, answer, through)
        done = sessions.start_session_through(request=request, user=user, through=through)
    return Arrival(next=answer.kept["next"], owes_code=done is None)


def _connect(request: HttpRequest, provider: IdentityProvider, answer: Answer) -> None:
    user = request.user
    is_whole = sessions.only_organization(request) is None
    if not isinstance(user, User) or user.pk != answer.kept["connects"] or not is_whole:
        raise NoMemberError
    with transaction.atomic():
        _link(user, provider, answer, _through(provider, user, answer))


def _member_by_email(provider: IdentityProvider, answer: Answer) -> User:
    """Who has this email, and never was another at the issuer: it may have gone to another person.

    Who is this one there by now has signed in twice at once.
    """
    user: User | None = User.objects.with_email(answer.email) if answer.email else None
    if user is None or not user.has_proven_email:
        raise NoMemberError
    with of_user(user.pk):
        known = Identity.objects.filter(user=user, issuer=provider.issuer)
        if known.exclude(subject=answer.subject).exists():
            raise NoMemberError
    return user


def _through(provider: IdentityProvider, user: User, answer: Answer) -> Through:
    """What the provider opens for this person; NoMemberError where that is nothing."""
    organization_id = _organization_id(provider, user)
    is_strange = provider.organization is not None and organization_id is None
    if not user.is_active or is_strange:
        raise NoMemberError
    return Through.of(provider, organization_id, is_strong=answer.is_strong)


def _organization_id(provider: IdentityProvider, user: User) -> int | None:
    if provider.organization is None:
        return None
    with of_user(user.pk):
        rows = Membership.objects.filter(user=user, org__slug=provider.organization)
        return rows.values_list("org_id", flat=True).first()


def _link(user: User, provider: IdentityProvider, answer: Answer, through: Through) -> None:
    """Tie a person to who they are at the provider, in place of who they were there."""
    try:
        with of_user(user.pk), transaction.atomic():
            Identity.objects.update_or_create(
                user=user, issuer=provider.issuer, defaults={"subject": answer.subject}
            )
    except IntegrityError:  # it is somebody else's
        raise NoMemberError from None
    sessions.record("SSO_LINKED", user.email, through)


def _refused(
    request: HttpRequest,
    provider: IdentityProvider,
    counted_as: str,
    *,
    reason: str,
    email: str = "",
) -> None:
    """Count and record a refusal, in a transaction of its own."""
    through = Through.of(provider, _id_of(provider.organization))
    with transaction.atomic():
        guessing.count_failure(counted_as, client_ip(request))
        sessions.record("SSO_FAILED", email, through, reason=reason)


def _id_of(slug: str | None) -> int | None:
    """The organization that the operator has named: there is no member yet who would see it."""
    with across_organizations():
        return Organization.objects.filter(slug=slug).values_list("pk", flat=True).first()


def _email_of(provider: IdentityProvider, answer: Answer) -> str:
    user = user_known_as(provider.issuer, answer.subject)
    return user.email if user else ""


def _of_address(request: HttpRequest) -> str:
    return f"single sign-on from {client_ip(request)}"
