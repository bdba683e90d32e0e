// An SDK that the program starts itself, and ends as OpenTelemetry's own examples do.
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({ instrumentations: getNodeAutoInstrumentations() });
sdk.start();
process.on('SIGTERM', () => {
  void sdk.shutdown().finally(() => process.exit(0));
});
