import { ServiceBroker } from 'moleculer';

import { type Parcel, packed, type RemoteWay } from './payload.ts';

/** Moleculer's own TCP transporter between two brokers that know each other's address. */
export const moleculerTcp: RemoteWay = {
  name: 'moleculer tcp',

  async serve(port) {
    const broker = brokerAt('server', port, port);
    broker.createService({
      name: 'desk',
      actions: {
        pack: {
          params: {
            orderId: 'uuid',
            sku: { type: 'string', min: 1, max: 40 },
            quantity: { type: 'number', integer: true, min: 1 },
            note: 'string',
            tags: { type: 'array', items: 'string' },
          },
          handler: async (ctx: { params: Parcel }) => packed(ctx.params),
        },
      },
    });
    await broker.start();
  },

  async connect(port) {
    const broker = brokerAt('client', port, port + 1);
    await broker.start();
    await broker.waitForServices('desk', 10_000, 50);
    return (one) => broker.call<Parcel, Parcel>('desk.pack', one);
  },
};

function brokerAt(nodeID: string, serverPort: number, port: number): ServiceBroker {
  const urls = `127.0.0.1:${serverPort}/server,127.0.0.1:${serverPort + 1}/client`;
  return new ServiceBroker({
    logger: false,
    nodeID,
    transporter: { type: 'TCP', options: { port, udpDiscovery: false, urls } },
  });
}
