"""What the documentation says of requests and answers is what happens."""

from collections.abc import Iterator
from typing import Any

from tests.api.test_documentation import described
from tests.people import Person


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def resolved(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, or what it refers to."""
    while "$ref" in one:
        found = document
        for name in one["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        one = found
    return one


def test_every_example_of_a_parameter_works_when_it_is_sent(staff: Person) -> None:
    document = described(staff.client)
    sent = 0
    for path, method, operation in operations(document):
        if method != "get":
            continue
        parameters = [resolved(document, one) for one in operation["parameters"]]
        query = {
            one["name"]: one["schema"]["examples"][0] for one in parameters if one.get("required")
        }
        for one in parameters:
            for example in one["schema"].get("examples", []):
                given = {one["name"]: str(example)}
                extra = given if one["in"] == "header" else {}
                answer = staff.client.get(
                    path,
                    params=query | ({} if extra else given),
                    headers=staff.headers | extra,
                )
                assert answer.status_code in {200, 206}, (path, given, answer.text)
                assert str(answer.status_code) in operation["responses"], (path, given)
                sent += 1
    assert sent > 100
