"""A password made of the product's name, or of an organization's, is no secret."""

from django.core.exceptions import ValidationError

from codestax.common.tenancy import of_user
from orgs.domain.passwords import without_words, words_of
from orgs.models import Membership, User

MIN_CHARS = 8


class WordsValidator:
    """Of AUTH_PASSWORD_VALIDATORS: without such words a password must still be long enough."""

    def validate(self, password: str, user: User | None = None) -> None:
        words = {word for name in _names(user) for word in words_of(name)}
        if len(without_words(password, words)) < MIN_CHARS:
            raise ValidationError(self.get_help_text(), code="password_of_words")

    def get_help_text(self) -> str:
        return (
            f"At least {MIN_CHARS} characters besides the names of this product and of your "
            "organizations."
        )


def _names(user: User | None) -> list[str]:
    if user is None or user.pk is None:
        return []
    with of_user(user.pk):
        return list(Membership.objects.filter(user=user).values_list("org__name", flat=True))
