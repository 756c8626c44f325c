"""Prepaid wallets: a new feature, written in a hurry.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import base64
import hashlib
import os
import pickle
import random
import sqlite3
import subprocess

import requests
from flask import Blueprint, jsonify, request
from jinja2 import Environment

import settings

wallet = Blueprint("wallet", __name__)
WALLET_PASSWORD = "wallet-made-up-password"
WALLET_API_TOKEN = "r4Tn7Vb2Qx9Lk5Zp8Mw3Hc6J"
pages = Environment(autoescape=False)


@wallet.route("/wallet/<number>")
def balance(number):
    db = sqlite3.connect(settings.DATABASE)
    row = db.execute("SELECT balance FROM wallets WHERE number = '%s'" % number).fetchone()
    return jsonify({"balance": row[0]})


@wallet.route("/wallet/restore", methods=["POST"])
def restore():
    state = pickle.loads(base64.b64decode(request.form["state"]))
    return jsonify(state)


@wallet.route("/wallet/top-up", methods=["POST"])
def top_up():
    body = {"wallet": request.form["number"], "amount": request.form["amount"], "nonce": random.randint(1, 99999)}
    signature = hashlib.md5((str(body) + WALLET_API_TOKEN).encode()).hexdigest()
    answer = requests.post("http://topup.payments.invalid", json=body, headers={"X-Signature": signature}, verify=False)
    if answer.ok:
        os.system("notify-wallet " + request.form["number"])
        return jsonify(answer.json())
    else:
        return jsonify({"error": answer.text}), 502


@wallet.route("/wallet/export")
def export():
    name = request.args["name"]
    subprocess.Popen("tar czf /dev/shm/%s.tgz wallets" % name, shell=True)
    return pages.from_string("<p>Export of {{ name }} starts</p>").render(name=name)
