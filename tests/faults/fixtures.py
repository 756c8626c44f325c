"""Products to break, each on a database of its own; the caller's `server` says on which server."""

import os
from contextlib import contextmanager

import pytest

from tests.faults.product import Product, bootstrap, create_database, drop_database
from tests.tables import migrated


@pytest.fixture(scope="session")
def template(server):
    """A database with all tables and one organization, to be copied: (its name, the API key)."""
    name = f"codestax_faults_{os.getpid()}"
    yield name, bootstrap(create_database(server, name, template=migrated(server)))
    drop_database(server, name)


@contextmanager
def products(server, template, directories, mark=""):
    """Yields what makes products, each on a database of its own; `mark` tells its names apart."""
    made = []

    def make(**environment):
        source, key = template
        name = f"{source}_{mark}{len(made)}"
        accounts = create_database(server, name, template=source)
        made.append((Product(accounts, key, directories.mktemp(name), **environment), name))
        return made[-1][0]

    yield make
    for product, name in made:
        product.stop()
        drop_database(server, name)


@pytest.fixture(scope="module")
def new_product(server, template, tmp_path_factory):
    with products(server, template, tmp_path_factory) as make:
        yield make
