"""Products to break, each on a database of its own; the caller's `server` says on which server."""

import os

import pytest

from tests.faults.product import Product, create_database, drop_database, prepare


@pytest.fixture(scope="session")
def template(server):
    """A database with all tables and one organization, to be copied: (its name, the API key)."""
    name = f"codestax_faults_{os.getpid()}"
    yield name, prepare(create_database(server, name))
    drop_database(server, name)


@pytest.fixture(scope="module")
def new_product(server, template, tmp_path_factory):
    """Make products, each on a database of its own."""
    made = []

    def make(**environment):
        source, key = template
        name = f"{source}_{len(made)}"
        accounts = create_database(server, name, template=source)
        made.append((Product(accounts, key, tmp_path_factory.mktemp(name), **environment), name))
        return made[-1][0]

    yield make
    for product, name in made:
        product.stop()
        drop_database(server, name)
