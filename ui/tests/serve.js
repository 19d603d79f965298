// Serves the page built with the fake core, under the policy that the app sets.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'none'; " +
  'connect-src ipc: http://ipc.localhost';
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const root = new URL('../target/pages/', import.meta.url);

createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname.slice(1) || 'index.html';
  const type = types[extname(path)];
  const body = type && !path.includes('..') ? await readFile(new URL(path, root)).catch(() => null) : null;
  response.writeHead(body ? 200 : path === 'favicon.ico' ? 204 : 404, {
    'content-type': type ?? 'text/plain',
    'content-security-policy': policy,
  });
  response.end(body ?? '');
}).listen(Number(process.env.PORT), '127.0.0.1');
