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
from wallet import wallet

app = Flask(__name__)
app.register_blueprint(wallet)
app.config["SECRET_KEY"] = settings.SESSION_SECRET
app.config["SESSION_COOKIE_SECURE"] = True


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
    row = database().execute("SELECT id, total, status FROM orders WHERE id = ?", (order_id,)).fetchone()
    return jsonify({"id": row[0], "total": row[1], "status": row[2]})


@app.route("/orders/<order_id>/invoice")
def invoice(order_id):
    template = request.args.get("template", "default")
    subprocess.run(["render-invoice", "--order", order_id, "--template", template], check=True)
    return jsonify({"invoice": "/dev/shm/invoices/%s.pdf" % order_id})


@app.route("/admin/refund", methods=["POST"])
@auth.login_required
def refund():
    order_id = request.form["order"]
    amount = request.form["amount"]
    database().execute("UPDATE orders SET status = 'refunded', total = total - ? WHERE id = ?", (amount, order_id))
    return jsonify(payments.refund(order_id, amount))


@app.route("/admin/discounts", methods=["POST"])
@auth.login_required
def import_discounts():
    rules = yaml.safe_load(request.data)
    try:
        payments.store_discounts(rules)
    except Exception:
        pass
    return jsonify({"imported": len(rules)})


@app.route("/login", methods=["POST"])
def login():
    user = request.form["user"]
    password = request.form["password"]
    app.logger.info("login of %s", user)
    if auth.check_password(user, password):
        return jsonify({"token": auth.new_token(user)})
    return jsonify({"error": "wrong user or password"}), 401


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080, debug=False)
