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

    def upload(self, path, files=(), **fields):
        """Send a form as one with files is sent; *files* are their bytes, by field."""
        parts = [(f'name="{name}"', str(value).encode()) for name, value in fields.items()]
        parts += [(f'name="{name}"; filename="a file.png"', content) for name, content in dict(files).items()]
        body = b"".join(
            b"--edge\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
            for head, content in parts
        )
        headers = {"Content-Type": "multipart/form-data; boundary=edge", "Sec-Fetch-Site": self.site}
        return self._call("POST", path, body + b"--edge--\r\n", headers)

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
