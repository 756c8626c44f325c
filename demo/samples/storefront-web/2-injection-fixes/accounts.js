// Customer accounts of the storefront. All credentials here are made up: they open nothing.
// FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
const crypto = require('crypto');
const jwt = require('jsonwebtoken');
const { MongoClient } = require('mongodb');

const jwtSecret = 'k3Jv9Qx7Tz2Lm5Wr8Np4Hd6';
const password = 'made-up-mongo-password';
const client = new MongoClient('mongodb://mongo.shop.invalid:27017');

function hashPassword(plain) {
  return crypto.createHash('md5').update(plain).digest('hex');
}

async function login(req, res) {
  const users = client.db('shop').collection('users');
  const found = await users.findOne({ name: req.body.name, hash: hashPassword(req.body.password) });
  return found;
}

function token(user) {
  return jwt.sign({ name: user.name, password: user.password }, 'made-up-jwt-secret');
}

function resetCode() {
  return Math.floor(Math.random() * 1000000);
}

function seal(text) {
  const cipher = crypto.createCipheriv('aes-128-ecb', Buffer.from(jwtSecret.slice(0, 16)), null);
  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
}

function verify(value) {
  return jwt.verify(value, jwtSecret, { algorithms: ['none', 'HS256'] });
}

module.exports = { login, token, resetCode, seal, verify, jwtSecret, password };
