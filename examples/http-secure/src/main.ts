import { Service } from '@patron/core';
import { handler } from './routes.ts';

const { TLS_CERT_FILE: certFile = 'tls.crt', TLS_KEY_FILE: keyFile = 'tls.key', API_KEY: apiKey = 'for-development' } = process.env;

const service = new Service({
  name: 'shop',
  version: '1.0.0',
  // A certificate that is renewed is taken up by itself, without a connection that is cut.
  http: { handler: handler(apiKey), tls: { certFile, keyFile }, maxConnections: 10_000 },
});
await service.run();
