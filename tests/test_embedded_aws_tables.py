"""docs/embedded-aws.md tells what is emulated."""

from embedded_aws.kinds import KINDS
from embedded_aws.tables import DOCUMENT, renewed


def test_the_tables_of_the_document_are_true() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(document) == document, "renew them: python -m embedded_aws.tables"
    assert all(f"| {type_} |" in document for type_ in KINDS)
