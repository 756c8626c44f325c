"""The connection that a process keeps between requests."""

import psycopg
import pytest
from django.db import OperationalError, connection


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_made_anew():
    old = backend_pid()
    end(old)

    connection.health_check_done = False
    connection.close_if_health_check_failed()

    assert backend_pid() != old


@pytest.mark.django_db(transaction=True)
def test_a_good_connection_is_kept_without_asking_the_server():
    pid = backend_pid()
    before = connection.connection.info.transaction_status

    assert connection.is_usable()
    assert connection.connection.info.transaction_status == before
    assert backend_pid() == pid


@pytest.mark.django_db(transaction=True)
def test_without_the_check_the_loss_would_show():
    end(backend_pid())

    with pytest.raises(OperationalError):
        backend_pid()
    connection.close()


def backend_pid():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end(pid):
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host") if parameters.get(name)}
    with psycopg.connect(**wanted, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
