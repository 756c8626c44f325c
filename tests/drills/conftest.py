"""A database server of the drills' own, to be stopped and started, and the table of figures."""

import os

import pytest
from django.conf import settings

from tests.drills.ledger import Ledger
from tests.faults.cluster import cluster
from tests.faults.fixtures import new_product, products, template  # noqa: F401 - fixtures too


@pytest.fixture(scope="session")
def postgresql():
    with cluster() as made:
        yield made


@pytest.fixture(scope="session")
def server(postgresql):
    return postgresql.accounts


@pytest.fixture(scope="session")
def product(server, postgresql, template, tmp_path_factory):  # noqa: F811
    """A web server for all of them. Each test leaves it able to work, or starts it again."""
    with products(server, template, tmp_path_factory, "shared_") as make:
        made = make()
        postgresql.checkpoint()
        made.start_web()
        yield made


@pytest.fixture
def ledger(product):
    return Ledger(product)


@pytest.fixture(scope="session")
def _table():
    path = settings.VAR_DIR / f"drills{os.environ.get('PYTEST_XDIST_WORKER', '')}.txt"
    path.write_text("")
    return path


@pytest.fixture
def figure(_table, request):
    """Write a line of the table: the drill and what was measured. Nothing depends on it."""

    def write(**measured):
        parts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in measured.items())
        with _table.open("a") as table:
            table.write(f"{request.node.name}: {parts}\n")

    return write
