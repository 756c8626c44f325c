"""Passwords and tokens of the checkout service.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import functools
import hashlib
import hmac
import random
import sqlite3
import string

from flask import jsonify, session

import settings


def hash_password(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1)


def check_password(user, password):
    db = sqlite3.connect(settings.DATABASE)
    found = db.execute("SELECT password_hash, salt FROM users WHERE name = ?", (user,)).fetchone()
    if found is None:
        return False
    return hmac.compare_digest(found[0], hash_password(password, found[1]))


def new_token(user):
    # Still to do: a generator made for secrets.
    alphabet = string.ascii_letters + string.digits
    token = "".join(random.choice(alphabet) for i in range(24))
    return hashlib.sha256((user + token).encode()).hexdigest()


def login_required(view):
    @functools.wraps(view)
    def wrapped(*args, **kwargs):
        if "user" not in session:
            return jsonify({"error": "log in first"}), 401
        return view(*args, **kwargs)

    return wrapped
