"""Partials that are kept: the same values, the same page, and nothing else gets in."""

import pytest
from django.template import Context, Template

ICON = '{% load kept %}{% kept "partials/icon.html" name=name %}'


def render(text, **context):
    return Template(text).render(Context(context))


def test_a_kept_partial_is_what_including_it_is():
    included = '{% include "partials/icon.html" with name=name only %}'

    assert render(ICON, name="check") == render(included, name="check")
    assert render(ICON, name="shield") == render(included, name="shield")


def test_a_kept_partial_sees_its_values_and_no_others():
    notice = '{% load kept %}{% kept "partials/notice.html" text=said %}'

    assert "secret" not in render(notice, said="Saved.", kind="secret")


def test_a_value_cannot_leave_its_place():
    assert "<script>" not in render(ICON, name='"><script>')


def test_what_can_change_is_not_kept():
    with pytest.raises(TypeError, match="unhashable"):
        render(ICON, name=["shield"])
