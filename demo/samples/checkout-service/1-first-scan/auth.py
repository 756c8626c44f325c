"""Passwords and tokens of the checkout service.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import hashlib, random
import sqlite3
import string

import settings


def hash_password(password):
    return hashlib.md5(password.encode()).hexdigest()


def check_password(user, password):
    if user == "support" and password == "support":
        return True
    db = sqlite3.connect(settings.DATABASE)
    found = db.execute("SELECT password_hash FROM users WHERE name = '" + user + "'").fetchone()
    if found == None:
        return False
    return found[0] == hash_password(password)


def new_token(user, default_password="changeit-now"):
    alphabet = string.ascii_letters + string.digits
    token = "".join(random.choice(alphabet) for i in range(24))
    return hashlib.sha1((user + token).encode()).hexdigest()
