"""Materials, over HTTP."""

from chalice.app import Blueprint

routes = Blueprint(__name__)
