import { type Backoff, fullJitter, rest, spread } from '../events/backoff.ts';
import type { Logger } from '../ports/logger.ts';
import type { Consul } from './consul-api.ts';

/** This host, as others are told of it. */
export type OwnHost = {
  /** Its modules; none for a host that only asks. */
  readonly modules: readonly string[];
  /** Its internal listener, as others reach it: `http://10.0.0.5:4000`. Known when it starts. */
  readonly url: string;
  /** Tells this process from the one that ran at its address before. */
  readonly instance: string;
};

export type Registration = {
  start(): void;
  /** Takes this host out, or gives up after a few seconds: then its check does. */
  leave(): Promise<void>;
  close(): Promise<void>;
};

/** An agent that was restarted may have forgotten us; this often it is asked. */
const lookEveryMs = 5_000;

const outage: Backoff = { firstDelayMs: 500, maxDelayMs: 5_000 };

const requestTimeoutMs = 2_000;

/** The agent asks this often whether the host is ready. The least that Consul takes for the last is a minute. */
const check = { Interval: '2s', Timeout: '2s', DeregisterCriticalServiceAfter: '1m' };

/** The field of a service's metadata that tells processes at one address apart. */
export const instanceField = 'seamline_instance';

/** Registers the modules of this host with the agent, and again whenever the agent has lost them. */
export function consulRegistration(consul: Consul, own: OwnHost, log: Logger): Registration {
  const closing = new AbortController();
  const { signal } = closing;
  let services: readonly Service[] = [];
  let keeping: Promise<void> | undefined;

  async function keep(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const kept = await registered(consul, own, signal);
        for (const service of services) if (!kept.has(service.ID)) await register(service);
        failures = 0;
        await rest(spread(lookEveryMs), signal);
      } catch (error) {
        failures += 1;
        if (failures === 1 && !signal.aborted) log.warn({ err: error }, 'Consul does not take us');
        await rest(fullJitter(failures, outage), signal);
      }
    }
  }

  async function register(service: Service): Promise<void> {
    const path = '/v1/agent/service/register?replace-existing-checks=true';
    await consul(path, { method: 'PUT', body: service, timeoutMs: requestTimeoutMs, signal });
    log.info({ service: service.ID }, 'registered with Consul');
  }

  async function deregister({ ID }: Service): Promise<void> {
    const path = `/v1/agent/service/deregister/${encodeURIComponent(ID)}`;
    const put = () => consul(path, { method: 'PUT', timeoutMs: requestTimeoutMs });
    await put().catch(put);
  }

  async function close(): Promise<void> {
    closing.abort();
    await keeping;
  }

  return {
    start() {
      if (keeping || own.modules.length === 0) return;
      services = own.modules.map((module) => serviceOf(module, own));
      keeping = keep();
    },
    async leave() {
      if (!keeping || signal.aborted) return;
      // First no more registering: a look that is under way would put back what is taken out.
      await close();
      const gone = await Promise.allSettled(services.map(deregister));
      const failed = gone.find((one) => one.status === 'rejected');
      if (failed)
        log.warn({ err: failed.reason }, 'Consul could not be told that this host leaves');
    },
    close,
  };
}

/** The ids of this process's services, as far as the agent still knows them. */
async function registered(consul: Consul, { instance }: OwnHost, signal: AbortSignal) {
  const filter = encodeURIComponent(`Meta.${instanceField} == ${JSON.stringify(instance)}`);
  const path = `/v1/agent/services?filter=${filter}`;
  const { body } = await consul(path, { timeoutMs: requestTimeoutMs, signal });
  return new Set(Object.keys(body ?? {}));
}

type Service = ReturnType<typeof serviceOf>;

/**
 * The id names the address, so that a new process replaces what a dead one left at its address: the
 * dead one's check would be answered by the new one, and pass for ever.
 */
function serviceOf(module: string, { url, instance }: OwnHost) {
  const { hostname, port, protocol } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, '');
  return {
    ID: `${module}@${address}:${port}`,
    Name: module,
    Address: address,
    Port: Number(port) || (protocol === 'https:' ? 443 : 80),
    Tags: ['seamline'],
    Meta: { [instanceField]: instance },
    Check: { ...check, Name: 'ready', HTTP: new URL('/health/ready', url).href, Method: 'GET' },
  };
}
