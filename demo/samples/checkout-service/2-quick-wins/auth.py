"""Passwords and tokens of the checkout service.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import hashlib
import random
import sqlite3
import string

import settings


def hash_password(password):
    return hashlib.md5(password.encode()).hexdigest()


def check_password(user, password):
    db = sqlite3.connect(settings.DATABASE)
    found = db.execute("SELECT password_hash FROM users WHERE name = ?", (user,)).fetchone()
    if found is None:
        return False
    return found[0] == hash_password(password)


def new_token(user):
    alphabet = string.ascii_letters + string.digits
    token = "".join(random.choice(alphabet) for i in range(24))
    return hashlib.sha256((user + token).encode()).hexdigest()
