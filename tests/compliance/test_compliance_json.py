import pytest

ENABLED = "/api/compliance/frameworks/enabled"


def put(client, body, **options):
    return client.put(ENABLED, body, **{"content_type": "application/json"} | options)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 200_000,
        '{"keys":' * 100_000,
        '{"keys": [' + "9" * 5000 + "]}",
        '{"keys": [NaN]}',
        '{"keys": Infinity}',
        b'{"keys": ["\xff"]}',
        '{"keys": null}'.encode("utf-16"),
        "\ufeff{}",
        "{'keys': null}",
        '{"keys": null',
        '{"keys": null} {}',
    ],
    ids=range(11),
)
def test_what_is_no_json_is_refused(admin, body):
    answer = put(admin, body)

    assert (answer.status_code, answer.json()) == (400, {"detail": "The body is not valid JSON."})


def test_a_name_that_stands_twice_is_refused(admin):
    answer = put(admin, '{"keys": null, "keys": []}')

    assert answer.status_code == 400
    assert "twice" in answer.json()["detail"]


def test_a_body_over_the_limit_is_refused(admin, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = put(admin, '{"keys": ["' + "x" * 100 + '"]}')

    assert (answer.status_code, answer.json()) == (413, {"detail": "The body is too large."})


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(admin, content_type):
    answer = put(admin, '{"keys": null}', content_type=content_type)

    assert answer.status_code == 415
    assert set(answer.json()) == {"detail"}
