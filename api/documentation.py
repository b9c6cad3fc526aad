"""The OpenAPI document: relations and functions from the catalogue, the hand-written routes from here."""

from api.data.catalogue import Catalogue


def document(catalogue: Catalogue) -> dict[str, object]:
    """The whole document."""
    return {}
