// Storefront: product pages, search and the basket.
// FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
const express = require('express');
const bodyParser = require('body-parser');
const session = require('cookie-session');
const path = require('path');
const fs = require('fs');

const accounts = require('./accounts');
const catalog = require('./catalog');

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

const app = express();
app.use(bodyParser.urlencoded({ extended: true }));
app.use(session({ name: 'shop', secret: 'made-up-cookie-secret', secure: false, httpOnly: false }));
app.use((req, res, next) => {
  res.set('Access-Control-Allow-Origin', '*');
  res.set('X-XSS-Protection', '0');
  next();
});
app.set('view engine', 'ejs');

app.get('/search', (req, res) => {
  res.render('results', { query: req.query.q });
});

app.get('/products/:id', async (req, res) => {
  const product = await catalog.find(req.params.id);
  if (!product) {
    return res.status(404).send('unknown product');
  }
  return res.render('product', { product: product, note: req.query.note });
});

app.get('/price', (req, res) => {
  const count = Number.parseInt(req.query.count, 10);
  const price = Number.parseFloat(req.query.price);
  res.json({ total: count * price });
});

app.get('/thumbnail', (req, res) => {
  catalog.thumbnail(Number.parseInt(req.query.image, 10)).then((image) => res.type('png').send(image));
});

app.get('/manuals', (req, res) => {
  const file = path.join(__dirname, 'manuals', req.query.name);
  res.send(fs.readFileSync(file));
});

app.get('/go', (req, res) => {
  res.redirect(req.query.to);
});

app.post('/login', async (req, res) => {
  const user = await accounts.login(req, res);
  if (user) {
    req.session.user = user;
    return res.json({ token: accounts.token(user) });
  }
  res.status(401).send('no');
});

app.listen(3000, '0.0.0.0');
