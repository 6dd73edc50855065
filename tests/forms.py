"""As much of a browser as pages and their forms need, for tests without one."""

from urllib.parse import urlencode


class Browser:
    """As much of a browser as forms need: it keeps cookies, and says where a form was sent from."""

    def __init__(self, shop, site="same-origin", language="en-US"):
        self.shop = shop
        self.site = site
        self.language = language
        self.cookies = {}

    def get(self, path):
        return self._call("GET", path)

    def send(self, path, **fields):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": self.site}
        return self._call("POST", path, urlencode(fields).encode(), headers)

    def submit(self, path, **fields):
        """Send a form, and read the page that its answer leads to."""
        answer = self.send(path, **fields)
        assert answer.status == 303, answer.body
        return self.get(answer.headers["Location"])

    def _call(self, method, path, body=b"", headers=None):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Authorization": "", "Accept-Language": self.language, **({"Cookie": cookie} if cookie else {})}
        answer = self.shop.call(method, path, body or None, headers={**sent, **(headers or {})})
        if "Set-Cookie" in answer.headers:
            name, _, rest = answer.headers["Set-Cookie"].partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer


def read_cookie(header):
    """Return what a `Set-Cookie` header has a browser keep: the name, the value, and all that is said of it."""
    pair, *attributes = header.split("; ")
    name, _, value = pair.partition("=")
    return name, value, set(attributes)
