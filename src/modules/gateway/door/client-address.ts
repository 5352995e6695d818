import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';

/** Answers the address of who asks. */
export type ClientAddress = (request: IncomingMessage) => string;

/** Whether an address is one of the proxies, given as CIDRs. */
export function proxyMatcher(cidrs: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/');
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/**
 * Composes how the client of a request is found. `X-Forwarded-For` is read from its end, where the
 * nearest proxy wrote, and only as far as the writers are trusted: what a client put in front itself
 * is never reached. Without trusted proxies the header means nothing.
 */
export function composeClientAddress(
  cidrs: readonly string[],
  isProxy: (address: string) => boolean,
): ClientAddress {
  const peerOf = ({ socket }: IncomingMessage) => socket.remoteAddress ?? '';
  if (cidrs.length === 0) return peerOf;
  return (request) => {
    let client = peerOf(request);
    const hops = String(request.headers['x-forwarded-for'] ?? '').split(',');
    while (isProxy(client)) {
      const hop = hops.pop()?.trim() ?? '';
      if (isIP(hop) === 0) break;
      client = hop;
    }
    return client;
  };
}
