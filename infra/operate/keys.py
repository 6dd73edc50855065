"""
`make keys`: list, create, rotate and revoke the API keys of a stage, by AWS credentials alone.

With OWNER=, invite an owner to the admin pages, such as the first one: everybody else is invited there.
"""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING, get_args

from infra.operate.account import Account, open_account, speak_to
from infra.operate.columns import in_columns

if TYPE_CHECKING:
    from chalicelib.access.table import ApiKey
    from chalicelib.audit.actor import Actor


def main() -> None:
    """Do the one requested operation."""
    options = _options()
    account = open_account(options.stage)
    speak_to(account)
    # The tables' names and their region are read when these are imported.
    from chalicelib.access.api_keys import KeyNotFound, KeyRevoked, create, revoke, rotate
    from chalicelib.audit.actor import Actor
    from chalicelib.kit import clock

    actor, at = Actor("operator", "keys"), clock.now()
    try:
        if options.owner:
            _invite_owner(options.owner, account, actor=actor, at=at)
        elif options.name:
            made, secret = create(name=options.name, scopes=_scopes(options.scopes), actor=actor, at=at)
            _show_once(made, secret, account)
        elif options.rotate:
            made, secret = rotate(options.rotate, actor=actor, at=at)
            _show_once(made, secret, account)
            print(
                f"The old key still works. When the new one is in use everywhere:\n"
                f"  make keys STAGE={account.stage} REVOKE={options.rotate}"
            )
        elif options.revoke:
            revoked = revoke(options.revoke, actor=actor, at=at)
            print(
                f"{revoked.id} ({revoked.name}) is revoked; functions that are warm may know it for half a minute more."
            )
        else:
            _list(account)
    except KeyRevoked as refusal:
        raise SystemExit(f"{refusal.detail} Use NAME= and SCOPES=.") from None
    except KeyNotFound as unknown:
        raise SystemExit(f"{unknown.detail} `make keys STAGE={account.stage}` lists them.") from None


def _invite_owner(address: str, account: Account, *, actor: "Actor", at: datetime) -> None:
    from chalicelib.access.shapes import NewUser
    from chalicelib.emails.to_administrators import new_invitation
    from chalicelib.kit import bodies
    from chalicelib.kit.errors import Refused
    from chalicelib.users.change import invite

    fields = {"email": address, "name": address.partition("@")[0], "roles": [{"role": "owner"}]}
    try:
        new = bodies.typed(fields, NewUser, strict=True)
        owner = invite(new, tell=lambda user: [new_invitation(user, at=at)], actor=actor, at=at)
    except Refused as refusal:
        raise SystemExit(f"{address}: {refusal.detail}") from None
    print(f"{owner.email} is an owner in {account}, and gets an email.")
    print("They open /admin, enter this address, and sign in by the link that comes to it.")


def _scopes(written: str | None) -> list[str]:
    from chalicelib.access.api_keys import Scope

    scopes = [one for one in (written or "").replace(" ", ",").split(",") if one]
    if not scopes or not set(scopes) <= set(get_args(Scope)):
        raise SystemExit(f"Say what the key may do: SCOPES= some of {','.join(get_args(Scope))}")
    return scopes


def _show_once(key: "ApiKey", secret: str, account: Account) -> None:
    print(f"Made {key.id} ({key.name}; {', '.join(key.scopes)}) in {account}. It is shown now, and never again:\n")
    print(f"  {secret}\n", flush=True)


def _list(account: Account) -> None:
    from chalicelib.access.api_keys import list_page
    from chalicelib.kit import instants

    lines, position = [], None
    while True:
        page, position = list_page(limit=100, position=position)
        for key in page:
            revoked = instants.text(key.revoked_at)[:10] if key.revoked_at else ""
            made = instants.text(key.created_at)[:10]
            lines.append((key.id, key.name, ",".join(key.scopes), f"...{key.last_four}", made, revoked))
        if position is None:
            break
    print(f"Keys of {account}")
    if lines:
        print(in_columns(("id", "name", "scopes", "ends in", "made", "revoked"), lines))
    else:
        print(f'There are none yet: make keys STAGE={account.stage} NAME="my shop" SCOPES=admin')


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make keys", description=__doc__)
    parser.add_argument("--stage", required=True)
    actions = parser.add_mutually_exclusive_group()
    actions.add_argument("--owner", metavar="EMAIL", help="invite an owner to the admin pages")
    actions.add_argument("--name", help="make a key by this name, with --scopes")
    actions.add_argument(
        "--rotate", metavar="ID", help="make a new key like this one, which works on until it is revoked"
    )
    actions.add_argument("--revoke", metavar="ID", help="end a key for good")
    parser.add_argument("--scopes", help="what a new key may do, with commas between")
    return parser.parse_args()


if __name__ == "__main__":
    main()
