"""Client of the payment gateway.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import hashlib
import json
import os
import pickle
import tempfile

import requests

import settings


def sign(body):
    return hashlib.md5((body + settings.GATEWAY_API_KEY).encode()).hexdigest()


def charge(order_id, amount, card):
    body = json.dumps({"order": order_id, "amount": amount, "card": card})
    answer = requests.post(settings.GATEWAY_URL + "/charge", data=body, headers={"X-Signature": sign(body)}, timeout=10)
    return answer.json()


def refund(order_id, amount):
    body = json.dumps({"order": order_id, "amount": amount})
    answer = requests.post(settings.GATEWAY_URL + "/refund", data=body, headers={"X-Signature": sign(body)}, timeout=10)
    return answer.json()


def store_discounts(rules, seen=[]):
    path = tempfile.mktemp(suffix=".discounts")
    seen.append(path)
    with open(path, "wb") as target:
        pickle.dump(rules, target)
    os.chmod(path, 0o777)
    return path


def load_discounts(path):
    with open(path, "rb") as source:
        return pickle.load(source)


def shipping_price(rule, weight):
    return rule["base"] + rule["per_kilo"] * weight
