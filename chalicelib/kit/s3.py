"""S3's client, by botocore: for what is seldom asked of a bucket, since making it takes longer than most calls."""

import functools
from typing import Any

from chalicelib.kit import config


@functools.cache
def client() -> Any:
    """Return the one client of S3."""
    import botocore.session
    from botocore.config import Config

    bounds = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    if config.is_emulated():
        # Emulators do not serve a host name per bucket.
        bounds = bounds.merge(Config(s3={"addressing_style": "path"}))
    return botocore.session.get_session().create_client("s3", region_name=config.region(), config=bounds)
