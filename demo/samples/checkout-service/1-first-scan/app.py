"""Checkout web service: baskets, orders and refunds.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import sqlite3
import subprocess

import yaml
from flask import Flask, jsonify, request

import auth
import payments
import settings

app = Flask(__name__)
app.config["SECRET_KEY"] = settings.SESSION_SECRET
app.config["SESSION_COOKIE_SECURE"] = False


def database():
    return sqlite3.connect(settings.DATABASE)


@app.route("/orders")
def list_orders():
    customer = request.args.get("customer", "")
    status = request.args.get("status", "open")
    query = "SELECT id, total, status FROM orders WHERE customer = '%s' AND status = '%s'" % (customer, status)
    rows = database().execute(query).fetchall()
    return jsonify([{"id": r[0], "total": r[1], "status": r[2]} for r in rows])


@app.route("/orders/<order_id>")
def show_order(order_id):
    row = database().execute(f"SELECT id, total, status FROM orders WHERE id = {order_id}").fetchone()
    return jsonify({"id": row[0], "total": row[1], "status": row[2]})


@app.route("/orders/<order_id>/invoice")
def invoice(order_id):
    template = request.args.get("template", "default")
    subprocess.call("render-invoice --order " + order_id + " --template " + template, shell=True)
    return jsonify({"invoice": "/dev/shm/invoices/%s.pdf" % order_id})


@app.route("/admin/refund", methods=["POST"])
def refund():
    # No login is asked for: anyone who knows the address can refund an order.
    order_id = request.form["order"]
    amount = request.form["amount"]
    database().execute("UPDATE orders SET status = 'refunded', total = total - " + amount + " WHERE id = " + order_id)
    return jsonify(payments.refund(order_id, amount))


@app.route("/admin/discounts", methods=["POST"])
def import_discounts():
    rules = yaml.load(request.data, Loader=yaml.Loader)
    try:
        payments.store_discounts(rules)
    except Exception:
        pass
    return jsonify({"imported": len(rules)})


@app.route("/login", methods=["POST"])
def login():
    user = request.form["user"]
    password = request.form["password"]
    app.logger.info("login of %s with %s", user, password)
    if auth.check_password(user, password):
        return jsonify({"token": auth.new_token(user)})
    return jsonify({"error": "wrong password for " + user}), 401


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080, debug=True)
