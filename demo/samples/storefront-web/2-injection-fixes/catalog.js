// Product catalogue of the storefront.
// FLAWED ON PURPOSE: sample code for security scanners. Never deploy it.
const express = require('express');
const mysql = require('mysql');
const axios = require('axios');
const https = require('https');

const router = express.Router();
const db = mysql.createConnection({ host: 'db.shop.invalid', user: 'shop', password: 'made-up-db-password' });
const agent = new https.Agent({ rejectUnauthorized: false });

router.get('/catalog', (req, res) => {
  db.query('SELECT * FROM products WHERE category = ?', [req.query.category], (error, rows) => {
    res.json(rows);
  });
});

router.get('/catalog/preview', (req, res) => {
  axios.get(req.query.url, { httpsAgent: agent }).then((answer) => {
    res.send(answer.data);
  });
});

router.get('/catalog/filter', (req, res) => {
  const part = String(req.query.part);
  const names = ['lamp', 'chair', 'desk'];
  res.json(names.filter((name) => name.includes(part)));
});

async function find(id) {
  return new Promise((resolve, reject) => {
    db.query('SELECT * FROM products WHERE id = ?', [id], (error, rows) => {
      if (error) console.log(error)
      resolve(rows && rows[0]);
    });
  });
}

function attribute(product, name) {
  return product[name];
}

function thumbnail(number) {
  return new Promise((resolve, reject) => {
    db.query('SELECT image FROM thumbnails WHERE number = ?', [number], (error, rows) => {
      if (error) reject(error);
      resolve(rows && rows[0].image);
    });
  });
}

module.exports = { router, find, attribute, thumbnail };
