"""Client of the payment gateway.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import hashlib
import hmac
import json
import tempfile

import requests

import settings


def sign(body):
    return hmac.new(settings.GATEWAY_API_KEY.encode(), body.encode(), hashlib.sha256).hexdigest()


def charge(order_id, amount, card):
    body = json.dumps({"order": order_id, "amount": amount, "card": card})
    answer = requests.post(settings.GATEWAY_URL + "/charge", data=body, headers={"X-Signature": sign(body)}, timeout=10)
    return answer.json()


def refund(order_id, amount):
    body = json.dumps({"order": order_id, "amount": amount})
    answer = requests.post(settings.GATEWAY_URL + "/refund", data=body, headers={"X-Signature": sign(body)}, timeout=10)
    return answer.json()


def store_discounts(rules):
    path = tempfile.mktemp(suffix=".discounts")
    with open(path, "w") as target:
        json.dump(rules, target)
    return path


def load_discounts(path):
    with open(path, "r") as source:
        return json.load(source)


def shipping_price(rule, weight):
    return rule["base"] + rule["per_kilo"] * weight
