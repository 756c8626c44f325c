"""Prepaid wallets.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import hashlib
import hmac
import json
import secrets
import sqlite3
import subprocess

import requests
from flask import Blueprint, jsonify, request

import auth
import settings

wallet = Blueprint("wallet", __name__)


@wallet.route("/wallet/<number>")
@auth.login_required
def balance(number):
    db = sqlite3.connect(settings.DATABASE)
    row = db.execute("SELECT balance FROM wallets WHERE number = ?", (number,)).fetchone()
    return jsonify({"balance": row[0]})


@wallet.route("/wallet/top-up", methods=["POST"])
@auth.login_required
def top_up():
    body = {"wallet": request.form["number"], "amount": request.form["amount"], "nonce": secrets.token_hex(8)}
    signature = hmac.new(settings.WALLET_SIGNING.encode(), json.dumps(body).encode(), hashlib.sha256).hexdigest()
    answer = requests.post(settings.TOP_UP_URL, json=body, headers={"X-Signature": signature}, timeout=10)
    return jsonify(answer.json())


@wallet.route("/wallet/export")
@auth.login_required
def export():
    subprocess.run(["export-wallets", "--all"], check=True)
    return jsonify({"started": True})
