"""Settings of the checkout service. All credentials here are made up: they open nothing.

FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
"""
DATABASE = "/dev/shm/checkout.db"
DATABASE_PASSWORD = "checkout-made-up-password"
SESSION_SECRET = "q8Zt4Vn1Xc7Lp0Rk5Wm2Hs9Yd3Bf6Gj"
GATEWAY_URL = "https://gateway.payments.invalid/v2"
GATEWAY_API_KEY = "Jx82hQpLz04vNwTe61YbKc"
