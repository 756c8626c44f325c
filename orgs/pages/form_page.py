"""A page with a form whose service may refuse what was sent."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from codestax.common.errors import DomainError, ForbiddenError, NotFoundError
from orgs.pages.forms import say_at
from orgs.services.guessing import TooManyAttemptsError


class FormPage(FormView[Any]):
    """`accept` calls the service and says where to go.

    What is refused is shown again with the reason and the status 400, or 429 with Retry-After. A
    ForbiddenError and a NotFoundError go on, to the page's own answers.
    """

    @method_decorator(sensitive_post_parameters())
    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return self.accept(form)
        except (ForbiddenError, NotFoundError):
            raise
        except DomainError as error:
            say_at(form, error)
            return self._refused(form, error)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def accept(self, form: Any) -> HttpResponse:
        raise NotImplementedError

    def _refused(self, form: Any, error: DomainError) -> HttpResponse:
        answer = self.form_invalid(form)
        if isinstance(error, TooManyAttemptsError):
            answer.status_code = error.status
            answer.headers["Retry-After"] = str(error.wait)
        return answer
