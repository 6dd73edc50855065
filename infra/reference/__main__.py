"""`make reference`: writes every page."""

from pathlib import Path

from infra.reference.pages import pages

OUT = Path("docs/reference")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (OUT / name).write_text(text, encoding="utf-8")
        print(f"{OUT / name}  {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
