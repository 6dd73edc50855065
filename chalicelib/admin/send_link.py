"""Has emails sent with a link to sign in to the admin pages by."""

from datetime import datetime

from chalicelib.emails.catalog import ADMIN_SIGN_IN
from chalicelib.users.find import find_id_by_address
from chalicelib.web.sign_in_link import send_sign_in_link


def send_link(address: str, *, visitor: str = "", at: datetime) -> None:
    """Have a link sent to the user who has this address, if there is one, within hourly limits."""
    send_sign_in_link(
        address,
        find_id_by_address(address),
        template=ADMIN_SIGN_IN,
        prefix="usr",
        limited_as="admin link",
        visitor=visitor,
        at=at,
    )
