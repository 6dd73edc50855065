"""Makes an admin key in the tables that GOODWORD_TABLES names, and prints it: only now, never again."""

from chalicelib.access.create import create
from chalicelib.kit import clock

if __name__ == "__main__":
    _, key = create(name="first admin key", scopes=["admin"], at=clock.now())
    print(key)
