"""What tests of emails share."""

from chalicelib.kit import memory


def settle(shop):
    """Let everything happen that is under way, and send what waits for no later moment, with nothing remembered."""
    memory.forget_everything()
    shop.run_schedule("send_scheduled")
    shop.settle()
