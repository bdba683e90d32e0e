import Fastify from 'fastify';

const schema = { response: { 200: { type: 'object', properties: { hello: { type: 'string' } } } } };

const app = Fastify();
app.get('/hello/:name', { schema }, async ({ params }) => ({ hello: params.name }));
await app.listen({ port: Number(process.env.PORT), host: '::' });
console.log('listening');
