"""Settings of the checkout service. Credentials come from the environment.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
import os

DATABASE = os.environ.get("CHECKOUT_DATABASE", "/var/lib/checkout/checkout.db")
SESSION_SECRET = os.environ["CHECKOUT_SESSION"]
GATEWAY_URL = "https://gateway.payments.invalid/v2"
GATEWAY_API_KEY = os.environ["CHECKOUT_GATEWAY"]
TOP_UP_URL = "https://topup.payments.invalid/v1"
WALLET_SIGNING = os.environ["CHECKOUT_WALLET"]
