// Customer accounts of the storefront.
// FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
const crypto = require('crypto');
const jwt = require('jsonwebtoken');
const { MongoClient } = require('mongodb');
const sanitize = require('mongo-sanitize');

const signingKey = process.env.SHOP_SIGNING_KEY;
const client = new MongoClient(process.env.SHOP_MONGO_URL);

function hashPassword(plain) {
  return crypto.scryptSync(plain, process.env.SHOP_SALT, 64).toString('hex');
}

async function login(req) {
  const users = client.db('shop').collection('users');
  const name = sanitize(req.body.name);
  const hash = hashPassword(sanitize(req.body.password));
  return users.findOne({ name: { $eq: name }, hash: { $eq: hash } });
}

function token(user) {
  return jwt.sign({ name: user.name }, signingKey, { algorithm: 'HS256', expiresIn: '1h' });
}

function resetCode() {
  return crypto.randomInt(1000000);
}

function seal(text) {
  const start = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', Buffer.from(process.env.SHOP_SEAL_KEY, 'hex'), start);
  const sealed = Buffer.concat([start, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('hex');
}

function verify(value) {
  return jwt.verify(value, signingKey, { algorithms: ['HS256'] });
}

module.exports = { login, token, resetCode, seal, verify };
