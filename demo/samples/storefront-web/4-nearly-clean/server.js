// Storefront: product pages, search and the basket.
// FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
const express = require('express');
const session = require('express-session');
const helmet = require('helmet');
const rateLimit = require('express-rate-limit');

const accounts = require('./accounts');
const catalog = require('./catalog');

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(session({
  name: 'shop',
  secret: process.env.SHOP_COOKIE_KEY,
  resave: false,
  saveUninitialized: false,
  cookie: { secure: true, httpOnly: true, sameSite: 'lax', domain: 'shop.invalid', path: '/', maxAge: 3600000 },
}));
app.use(helmet());
app.use(rateLimit({ windowMs: 60000, limit: 100 }));
app.set('view engine', 'ejs');

app.get('/search', (req, res) => {
  res.render('results', { query: req.query.q });
});

app.get('/products/:id', async (req, res) => {
  const product = await catalog.find(req.params.id);
  if (!product) {
    return res.status(404).send('unknown product');
  }
  return res.render('product', { product });
});

app.get('/price', (req, res) => {
  const count = Number.parseInt(req.query.count, 10);
  const price = Number.parseFloat(req.query.price);
  res.json({ total: count * price });
});

app.get('/thumbnail', (req, res) => {
  catalog.thumbnail(Number.parseInt(req.query.image, 10)).then((image) => res.type('png').send(image));
});

app.use('/manuals', express.static('manuals'));

app.post('/login', async (req, res) => {
  const user = await accounts.login(req);
  if (user) {
    req.session.user = user;
    return res.json({ token: accounts.token(user) });
  }
  return res.status(401).send('no');
});

app.listen(3000);
