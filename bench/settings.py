"""The product's settings, with one more route: a bare view to measure the others against."""

from codestax.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
