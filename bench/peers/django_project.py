"""
django-link-shortener, as its own documentation has it, in the leanest Django project that serves it.

No middleware, no debugging, SQLite with a write-ahead log, connections kept: all in its favor. These
are the project's settings; run as a program, it makes the database and one link, and prints its path.
"""

import os
import sys
from pathlib import Path

SECRET_KEY = "measured on one machine, and thrown away"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shortener"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "django_urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(os.environ.get("PEER_DATA", ".")) / "links.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}


def main() -> None:
    """Make the tables, a user and a link."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth import get_user_model
    from shortener import shortener

    user = get_user_model().objects.create_user("peer")
    print(f"/{shortener.create(user, 'https://tea.example/welcome')}/")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_project"
    sys.exit(main())
