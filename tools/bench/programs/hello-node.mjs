import { createServer } from 'node:http';

createServer((request, response) => {
  const body = JSON.stringify({ hello: String(request.url).slice('/hello/'.length) });
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}).listen(Number(process.env['PORT']), () => console.log('listening'));
