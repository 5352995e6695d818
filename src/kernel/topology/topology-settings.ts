import { choice, list, type Settings, text, url, wholeNumber } from '../config/settings.ts';

const buses = ['in-process', 'http', 'redis', 'rabbitmq'] as const;

/** What says which modules run here, where the others are, and what carries calls and events. */
export const topologySettings = {
  MODULES: list({
    fallback: [],
    example: 'orders,payments',
    meaning: 'the modules of this host (--modules); all without',
  }),
  TOPOLOGY: text({
    fallback: undefined,
    example: 'deploy/topologies/every-module-apart.json',
    meaning: 'a file that says which host has which modules, where (--topology)',
  }),
  TOPOLOGY_HOST: text({
    fallback: undefined,
    example: 'orders',
    meaning: 'which host of the topology this is (--host)',
  }),
  TOPOLOGY_INSTANCE: wholeNumber(
    { min: 1, max: 1000 },
    {
      fallback: 1,
      example: '2',
      meaning: 'which instance of that host, in the order of its addresses (--instance)',
    },
  ),
  BUS: choice<readonly ['', ...typeof buses]>(['', ...buses], {
    fallback: '',
    example: 'rabbitmq',
    meaning: 'what carries events: in-process without, http when split',
  }),
  CALLS: choice(['', 'stream', 'request'], {
    fallback: '',
    example: 'request',
    meaning:
      'how calls travel between hosts: multiplexed (stream), or a request each; stream without',
  }),
  BUS_PREFIX: text({
    fallback: 'seamline',
    example: 'shop-2',
    meaning: 'what names on a broker begin with: shops that share one differ in it',
  }),
  INTERNAL_URL: url<undefined>(['http:', 'https:'], {
    fallback: undefined,
    example: 'http://10.0.0.5:4000',
    meaning: 'where other hosts reach this one, told by DISCOVERY=consul; by INTERNAL_BIND without',
  }),
  REDIS_URL: url(['redis:', 'rediss:'], {
    fallback: undefined,
    example: 'redis://127.0.0.1:6379',
    meaning: 'the Redis that carries events (BUS=redis)',
    secret: true,
  }),
  AMQP_URL: url(['amqp:', 'amqps:'], {
    fallback: undefined,
    example: 'amqp://guest:guest@127.0.0.1:5672',
    meaning: 'the RabbitMQ that carries events (BUS=rabbitmq)',
    secret: true,
  }),
} satisfies Settings;
