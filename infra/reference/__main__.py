"""`make reference`: writes every page, and the OpenAPI document that ships."""

from pathlib import Path

from chalicelib.kit.routes import OPENAPI_DOCUMENT
from infra.reference.document import described, written
from infra.reference.pages import pages

OUT = Path("docs/reference")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (OUT / name).write_text(text, encoding="utf-8")
        print(f"{OUT / name}  {len(text.splitlines())} lines")
    Path(OPENAPI_DOCUMENT).write_text(written(described()), encoding="utf-8")
    print(OPENAPI_DOCUMENT)


if __name__ == "__main__":
    main()
