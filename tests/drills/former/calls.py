"""What clients ask of a former release: reads, writes, uploads, sign-ins, pages. All succeed."""

import json
from http.cookiejar import CookieJar
from itertools import permutations
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from tests.drills.ledger import CONTROLS, PATH
from tests.scans.sarif import report, result

GOOD = {200, 201}


class Calls:
    """`credentials` are those that the demo keeps: api_key, email, password, org."""

    def __init__(self, product, credentials):
        self.product = product
        self.credentials = credentials
        self.selections = permutations(CONTROLS, 5)
        self.acknowledged = []  # of what leaves a row: what it was
        self.repository = product.send("GET", "/api/repos")[1]["results"][0]["id"]
        self.cookies = self._signed_in()

    def each_in_turn(self):
        """For Traffic: as many light requests as a real day has beside the heavy ones."""
        light = [
            self.choose_controls,
            *(
                self.reading(path)
                for path in (
                    f"/api/compliance/score/{self.repository}",
                    f"/api/compliance/trend/{self.repository}",
                    "/api/compliance/frameworks",
                    "/api/members",
                )
            ),
        ]
        heavy = [self.upload, self.sign_in, self.open_page, self.reading("/api/keys")]
        return [call for one in heavy for call in (*light, *light, one)]

    def reading(self, path):
        return lambda _: self.product.ask("GET", path)

    def choose_controls(self, _):
        body = json.dumps({"disabled": next(self.selections)})
        return self._write("choice", self.product.ask("PUT", PATH, body))

    def upload(self, number):
        path = f"/api/repos/{self.repository}/scans?commit={number:040x}&branch=drill"
        body = report(result(line=number + 1))
        return self._write("scan", self.product.ask("POST", path, body))

    def _write(self, what, answer):
        if answer and answer.status in GOOD:
            self.acknowledged.append(what)
        return answer

    def sign_in(self, _):
        known = {name: self.credentials[name] for name in ("email", "password")}
        return self.product.ask("POST", "/api/auth/token", json.dumps(known))

    def open_page(self, _):
        return self.product.ask("GET", "/dashboard/compliance", Cookie=self.cookies)

    def _signed_in(self):
        """The cookies of a browser that has signed in."""
        jar = CookieJar()
        browser = build_opener(HTTPCookieProcessor(jar))
        address = f"http://127.0.0.1:{self.product.port}/login"
        browser.open(address).close()
        sent = {name: self.credentials[name] for name in ("email", "password")}
        sent["csrfmiddlewaretoken"] = {one.name: one.value for one in jar}["csrf"]
        browser.open(address, urlencode(sent).encode()).close()
        return "; ".join(f"{one.name}={one.value}" for one in jar)
