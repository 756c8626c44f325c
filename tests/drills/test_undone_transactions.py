"""R8: a transaction that times out, is undone for another's sake, or loses its connection."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.drills.toxic import AT_ONCE, AT_THE_COMMIT, LOST, Cable, fault, refused
from tests.faults.waiting import until

pytestmark = pytest.mark.slow
REPEATS = 3
# A deadlock is looked for once: after both wait on a busy machine too, and before a statement is
# given up.
STATEMENT_SECONDS, DEADLOCK_SECONDS = 6, 3
UNDONE = [("40P01", AT_ONCE), ("40001", AT_ONCE), ("40001", AT_THE_COMMIT)]
UNDONE_IDS = ["deadlock", "serialization", "serialization at the commit"]


@pytest.fixture(scope="module")
def cable(postgresql):
    made = Cable(postgresql.server.socket)
    yield made
    made.close()


@pytest.fixture(scope="module")
def product(new_product, cable):
    """A web server whose way to its database can be cut."""
    made = new_product(DATABASE_STATEMENT_SECONDS=str(STATEMENT_SECONDS))
    made.environment["DATABASE_URL"] = cable.through(made.accounts.app)
    name = conninfo_to_dict(made.accounts.owner)["dbname"]
    made.run(f"ALTER DATABASE {name} SET deadlock_timeout = '{DEADLOCK_SECONDS}s'")
    made.start_web()
    return made


@pytest.mark.parametrize(("state", "when"), UNDONE, ids=UNDONE_IDS)
def test_r8_what_was_undone_for_anothers_sake_is_repeated(product, ledger, figure, state, when):
    with fault(product, refused(state), times=REPEATS, when=when) as tries:
        answer = ledger.write()
        tried = tries()

    assert (answer.status, tried) == (200, REPEATS + 1)
    assert len(ledger.kept()) == 1
    ledger.check()
    figure(undone=REPEATS, answer=answer.status, audit_entries=1)


@pytest.mark.parametrize(("state", "when"), UNDONE, ids=UNDONE_IDS)
def test_r8_what_is_undone_each_time_is_503_after_three_repeats(
    product, ledger, figure, state, when
):
    with fault(product, refused(state), times=100, when=when) as tries:
        answer = ledger.write()
        tried = tries()

    assert (answer.status, tried) == (503, REPEATS + 1)
    assert answer.headers["Retry-After"] == "5"
    assert ledger.kept() == []
    assert ledger.write().status == 200
    ledger.check()
    figure(tries=tried, answer=answer.status, audit_entries=0)


# Nothing says whether such a transaction was committed: only who asked knows if it may be twice.
@pytest.mark.parametrize("when", [AT_ONCE, AT_THE_COMMIT], ids=["before", "at the commit"])
def test_r8_a_lost_connection_is_503_and_is_not_repeated(product, ledger, figure, when):
    with fault(product, LOST, times=1, when=when) as tries:
        answer = ledger.write()
        tried = tries()

    assert (answer.status, tried) == (503, 1)
    assert ledger.kept() == []
    assert ledger.write().status == 200
    ledger.check()
    figure(tries=tried, answer=answer.status, audit_entries=0)


def test_r8_two_that_wait_for_each_other_are_both_done(product, ledger, figure):
    """The other one is a session of the test, which never gives way; the product's has to."""
    with (
        psycopg.connect(product.accounts.owner) as other,
        ThreadPoolExecutor(1) as thread,
    ):
        other.execute("SET deadlock_timeout = '60s'")
        other.execute("SELECT 1 FROM audit_audithead FOR UPDATE")
        writing = thread.submit(ledger.write)
        until(lambda: product.one(_WAITING))
        other.execute("SELECT 1 FROM orgs_organization FOR UPDATE")
        other.commit()
        answer = writing.result()

    assert answer.status == 200
    assert "Undone by the database (deadlock)" in product.log.read_text()
    assert len(ledger.kept()) == 1
    ledger.check()
    figure(answer=answer.status, audit_entries=1)


def test_r8_a_statement_that_takes_too_long_is_503_and_is_not_repeated(product, ledger, figure):
    with psycopg.connect(product.accounts.owner) as other:
        other.execute("SELECT 1 FROM orgs_organization FOR UPDATE")
        answer = ledger.write()

    assert answer.status == 503
    assert ledger.kept() == []
    assert ledger.write().status == 200
    ledger.check()
    assert "canceling statement due to statement timeout" in product.log.read_text()
    figure(answer=answer.status, audit_entries=0)


def test_r8_a_commit_whose_answer_is_lost_is_done_once_and_answered_503(ledger, cable, figure):
    assert ledger.write().status == 200

    cable.cut_at_next_commit()
    answer = ledger.write()
    until(lambda: len(ledger.kept()) == 2)

    assert answer.status == 503
    assert ledger.write().status == 200
    assert len(ledger.kept()) == 3
    ledger.check()
    ledger.verify()
    figure(answer=answer.status, audit_entries=1)


_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE usename = 'codestax_app' AND wait_event_type = 'Lock'
    AND datname = current_database()
"""
