import { fileEnd } from '#test/file-end';
import { openRabbitBus } from '#test/rabbit-bus';
import { rabbitBinaries, startRabbit } from '#test/rabbitmq';

import { checkBrokerFaults } from './event-broker.suite.ts';
import { checkBrokerOutages, type ForgetfulBus } from './event-outage.suite.ts';

if (rabbitBinaries()) {
  // Starting one takes many seconds, and each fact leaves it running.
  const server = await startRabbit();
  fileEnd.after(() => server.stop());
  const open = async (): Promise<ForgetfulBus> => {
    const bus = openRabbitBus(server.url);
    return { ...bus, broker: { ...server, forget: bus.forget } };
  };
  checkBrokerFaults('rabbitmq', open);
  // The inbox is tried on both stores elsewhere.
  checkBrokerOutages('rabbitmq', { name: 'sqlite' }, open);
}
