import { createServer } from 'node:http';

// Kept as long as patron and Fastify keep them: between its turns it waits for the others.
createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const body = JSON.stringify({ hello: String(request.url).slice('/hello/'.length) });
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}).listen(Number(process.env['PORT']), () => console.log('listening'));
